using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>ps CONTAINER [OPTIONS OF PS]</c> shows the processes of a container, as ps(1) does, or their numbers.</summary>
internal static class PsCommand
{
    internal const string Help = """
        usage: runtime ps [options] <container> [options of ps]

        Shows those of the host's processes that are in the container, as ps does;
        the options of ps default to -ef.

          --format FORMAT, -f   table, or json for the processes' numbers; default: table

        """;

    private const int MostOutputBytes = 64 << 20;

    /// <param name="Container">Which container.</param>
    /// <param name="Json">Whether only numbers are wanted.</param>
    /// <param name="Options">What ps is told.</param>
    internal sealed record Request(ContainerReference Container, bool Json, string[] Options);

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        Request request = Parse(arguments);
        IReadOnlyList<int> pids = store.Open(request.Container.Id).Processes();
        ProcessStreams.Print(request.Json ? FormatJson(pids) : Filter(RunPs(request.Options), pids));
        return ExitCode.Success;
    }

    internal static Request Parse(ReadOnlySpan<string> arguments)
    {
        bool json = false;
        ArgumentReader reader = new(arguments, operandsWithOptions: 1);
        while (reader.NextOption())
        {
            json = !reader.Is("format", 'f') ? throw reader.Unknown() : reader.ReadText() switch
            {
                null or "table" => false,
                "json" => true,
                var other => throw reader.Invalid(other, "neither table nor json"),
            };
        }

        return reader.Operands switch
        {
            [] => throw new UsageException("\"ps\" requires a container"),
            [var container] => new Request(ContainerReference.Parse(container), json, ["-ef"]),
            [var container, .. var options] => new Request(ContainerReference.Parse(container), json, [.. options]),
        };
    }

    /// <summary>The numbers as a JSON array; null stands for none, as in runc.</summary>
    internal static string FormatJson(IReadOnlyList<int> pids) =>
        pids.Count == 0 ? "null\n" : $"[{string.Join(',', pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture)))}]\n";

    /// <summary>The title line of ps and those lines whose PID column has one of the numbers.</summary>
    /// <exception cref="ContainerException">There is no such column, or no number in it.</exception>
    internal static string Filter(string output, IReadOnlyList<int> pids)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int column = lines.Length == 0 ? -1 : Array.IndexOf(Fields(lines[0]), "PID");
        if (column < 0)
        {
            throw new ContainerException("the output of ps has no PID column");
        }

        StringBuilder kept = new();
        kept.Append(lines[0]).Append('\n');
        HashSet<int> wanted = [.. pids];
        foreach (string line in lines.AsSpan(1))
        {
            string[] fields = Fields(line);
            if (column >= fields.Length || !int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                throw new ContainerException($"the output of ps has a line without a process number: \"{line}\"");
            }

            if (wanted.Contains(pid))
            {
                kept.Append(line).Append('\n');
            }
        }

        return kept.ToString();
    }

    private static string[] Fields(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string RunPs(string[] options)
    {
        (FileDescriptor output, FileDescriptor input) = Pipe.Create("the output of ps");
        using FileDescriptor reading = output;
        Spawned ps;
        using (input)
        {
            ps = Start(options, input);
        }

        string text = Encoding.UTF8.GetString(reading.ReadToEnd(MostOutputBytes));
        WaitStatus status = ps.Wait(null);
        return status.IsSuccess ? text : throw new ContainerException($"ps: {status}: {text.Trim()}");
    }

    private static Spawned Start(string[] options, FileDescriptor output)
    {
        try
        {
            return PathSearch.Start(new SpawnPlan
            {
                Program = "ps",
                Arguments = ["ps", .. options],
                Environment = PathSearch.OwnEnvironment(),
                Output = output,
                Error = output,
            });
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"exec: \"ps\": executable file not found in $PATH: {error.Message}", error);
        }
    }
}
