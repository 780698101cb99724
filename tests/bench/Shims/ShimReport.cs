namespace Bulkhead.Bench.Shims;

/// <summary>The tables on shims.</summary>
internal static class ShimReport
{
    /// <summary>A row for each monitor.</summary>
    public static void Print(Dictionary<string, IdleCost> idle, Dictionary<string, List<double>> firstCall, Dictionary<string, CopyCost> copy)
    {
        Report.Row(["", "PSS", "private", "after execs", "resident", "wake-ups in 10 s", "first answer", "copied", "copied per core"]);
        Report.Row(["---", .. Enumerable.Repeat("---:", 8)]);
        foreach (string name in idle.Keys.Union(copy.Keys))
        {
            IdleCost? cost = idle.GetValueOrDefault(name);
            Report.Row(
            [
                name,
                Kibibytes(cost?.ProportionalKibibytes),
                Kibibytes(cost?.PrivateKibibytes),
                Kibibytes(cost is { PrivateAfterExecs: > 0 and var after } ? after : null),
                Kibibytes(cost?.ResidentKibibytes),
                cost is null ? "" : $"{cost.WakeUps:0.0}",
                firstCall.TryGetValue(name, out List<double>? times) ? Report.Time(Report.Median(times)) : "",
                copy.TryGetValue(name, out CopyCost? copied) ? $"{copied.PerSecond:0.00} GB/s" : "",
                copied is null ? "" : $"{copied.PerProcessorSecond:0.00} GB/s",
            ]);
        }

        Console.WriteLine();
        if (firstCall.Count > 1)
        {
            List<double> own = firstCall.First().Value;
            foreach ((string name, List<double> others) in firstCall.Skip(1))
            {
                Console.WriteLine($"First answer: ours takes {Report.Median(own.Zip(others, (one, other) => one / other)):0.00} of {name}'s time.");
            }

            Console.WriteLine();
        }
    }

    private static string Kibibytes(double? size) => size is null ? "" : $"{size:0} KiB";
}
