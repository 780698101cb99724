namespace Bulkhead.Bench;

/// <summary>The tables.</summary>
internal static class Report
{
    /// <summary>Medians, minima, memory, and each subject's share of the last runtimes' time, taken round by round.</summary>
    public static void Compare(Dictionary<string, List<Sample>> samples)
    {
        string[] references = [.. samples.Keys.Where(name => name.StartsWith("crun", StringComparison.Ordinal) || name.StartsWith("runc", StringComparison.Ordinal))];
        Row(["", "median", "minimum", .. references.Select(name => $"of {name}'s time"), "peak memory"]);
        Row(["---", "---:", "---:", .. references.Select(_ => "---:"), "---:"]);
        foreach ((string name, List<Sample> own) in samples)
        {
            Row(
            [
                name,
                Time(Median(own.Select(sample => sample.Milliseconds))),
                Time(own.Min(sample => sample.Milliseconds)),
                .. references.Select(reference => $"{Median(own.Zip(samples[reference], (one, other) => one.Milliseconds / other.Milliseconds)):0.00}"),
                $"{Median(own.Select(sample => sample.PeakKibibytes / 1024.0)):0.0} MiB",
            ]);
        }

        Console.WriteLine();
    }

    /// <summary>A row per runtime, a column per command; below our own figures their share of each other's, taken round by round.</summary>
    public static void Life(Dictionary<string, Dictionary<string, List<Sample>>> samples)
    {
        string[] commands = [.. samples.Values.First().Keys];
        Row(["", .. commands]);
        Row(["---", .. commands.Select(_ => "---:")]);
        foreach ((string name, Dictionary<string, List<Sample>> own) in samples)
        {
            Row([name, .. commands.Select(command => Time(Median(own[command].Select(sample => sample.Milliseconds))))]);
        }

        Dictionary<string, List<Sample>> ours = samples.Values.First();
        foreach ((string name, Dictionary<string, List<Sample>> others) in samples.Skip(1))
        {
            Row([$"ours, of {name}'s", .. commands.Select(command => $"{Median(ours[command].Zip(others[command], (one, other) => one.Milliseconds / other.Milliseconds)):0.00}")]);
        }

        Console.WriteLine();
    }

    /// <summary>A row per runtime: whether many containers make the next one slower, and what many at once take.</summary>
    public static void Crowds(Dictionary<string, List<double>> oneByOne, Dictionary<string, double> allAtOnce)
    {
        const int ends = 20;
        Row(["", $"create, the first {ends}", $"create, the last {ends}", $"run, {Scenarios.SideBySide} at once"]);
        Row(["---", "---:", "---:", "---:"]);
        foreach ((string name, List<double> times) in oneByOne)
        {
            Row([name, Time(Median(times.Take(ends))), Time(Median(times.TakeLast(ends))), $"{allAtOnce[name]:0} ms"]);
        }

        Console.WriteLine();
    }

    /// <summary>A row per phase.</summary>
    public static void Phases(Dictionary<string, List<double>> phases)
    {
        Row(["phase", "median"]);
        Row(["---", "---:"]);
        foreach ((string phase, List<double> times) in phases)
        {
            Row([phase, $"{Median(times):0.000} ms"]);
        }
    }

    public static void Row(IEnumerable<string> cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    public static string Time(double milliseconds) => $"{milliseconds:0.0} ms";

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
