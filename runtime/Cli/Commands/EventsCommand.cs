using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Resctrl;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>events CONTAINER</c> prints what the kernel counts for a container, again and again, one JSON object a line.</summary>
/// <remarks>The lines are runc's. Here they end with the container's first process, there on cgroup v1 with the cgroup.</remarks>
internal static class EventsCommand
{
    internal const string Help = """
        usage: runtime events [options] <container>

        Prints a container's CPU, memory and I/O statistics as JSON, one object a line,
        until the container stops; and a line of type "oom" when the kernel ends one of
        its processes because there is no more memory.

          --interval DURATION   time between two lines, such as 500ms or 1m; default: 5s
          --stats               prints one line and returns

        """;

    internal static int Run(ContainerStore store, Log log, ReadOnlySpan<string> arguments)
    {
        (ContainerReference reference, bool once, TimeSpan interval) = Parse(arguments);
        Container container = store.Open(reference.Id);
        if (container.Status == ContainerStatus.Stopped)
        {
            throw new ContainerException($"container with id {container.Id} is not running");
        }

        using ICgroup cgroup = container.OpenCgroup();
        if (once)
        {
            PrintStatistics(container, cgroup);
            return ExitCode.Success;
        }

        Follow(container, cgroup, interval, log);
        return ExitCode.Success;
    }

    internal static (ContainerReference Container, bool Once, TimeSpan Interval) Parse(ReadOnlySpan<string> arguments)
    {
        bool once = false;
        TimeSpan interval = TimeSpan.FromSeconds(5);
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("stats")) { once = reader.ReadSwitch(); }
            else if (reader.Is("interval")) { interval = ReadInterval(ref reader); }
            else { throw reader.Unknown(); }
        }

        return (ContainerReference.Parse(reader.TheOperand("events")), once, interval);
    }

    /// <summary>A line, without its line feed.</summary>
    /// <param name="id">The container's id.</param>
    /// <param name="statistics">What was counted; null for the line that says that a process was killed for want of memory.</param>
    /// <param name="resctrl">What is said of its group of resctrl; null for none.</param>
    internal static ReadOnlyMemory<byte> Format(string id, CgroupStatistics? statistics, ResctrlStatistics? resctrl = null)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, statistics is null ? "oom"u8 : "stats"u8);
            writer.WriteString("id"u8, id);
            if (statistics is not null)
            {
                writer.WritePropertyName("data"u8);
                StatisticsJson.Write(writer, statistics, resctrl);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Follow(Container container, ICgroup cgroup, TimeSpan interval, Log log)
    {
        using IOutOfMemoryWatch? memory = cgroup.WatchOutOfMemory();
        if (memory is null)
        {
            log.Warning("no memory controller counts for this container: there will be no lines of type \"oom\"");
        }

        // Opened before the status is asked for again, so that it is this container's process that is waited for.
        using PidFd? process = PidFd.TryOpen(container.Pid);
        bool ended = process is null || container.Status == ContainerStatus.Stopped;
        Span<bool> ready = stackalloc bool[2];
        long last = Stopwatch.GetTimestamp();
        while (!ended)
        {
            TimeSpan left = interval - Stopwatch.GetElapsedTime(last);
            if (left <= TimeSpan.Zero)
            {
                PrintStatistics(container, cgroup);
                last = Stopwatch.GetTimestamp();
                continue;
            }

            Polling.WaitForAny(inputs: [process, memory?.Signal], outputs: [], ready, left);
            ended = ready[0];

            // At the end in any case: the kernel counts a killed process before it dies, and may tell of it later.
            if ((ready[1] || ended) && memory is not null && memory.Take())
            {
                Print(Format(container.Id.ToString(), null));
            }
        }
    }

    private static void PrintStatistics(Container container, ICgroup cgroup) =>
        Print(Format(container.Id.ToString(), cgroup.Statistics(), container.ResctrlStatistics()));

    private static void Print(ReadOnlyMemory<byte> line) => ProcessStreams.Print([.. line.Span, (byte)'\n']);

    private static TimeSpan ReadInterval(ref ArgumentReader reader)
    {
        string text = reader.ReadText() ?? "";
        return Duration.TryParse(text, out TimeSpan interval) && interval > TimeSpan.Zero
            ? interval
            : throw reader.Invalid(text, "not a duration above zero, such as 5s, 500ms or 1m30s");
    }
}
