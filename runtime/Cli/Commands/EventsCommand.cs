using System.Buffers;
using System.Text.Json;
using Bulkhead.Cgroups;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>events CONTAINER</c> prints what the kernel has counted for a container, again and again, one JSON object a line.</summary>
internal static class EventsCommand
{
    internal const string Help = """
        usage: runtime events [options] <container>

        Prints a container's CPU, memory and I/O statistics as JSON, one object a line,
        until the container stops. There are no lines of type "oom": memory.raw and the
        cgroup's own files tell of killed processes.

          --interval DURATION   time between two lines, such as 500ms or 1m; default: 5s
          --stats               prints one line and returns

        """;

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        (ContainerReference reference, bool once, TimeSpan interval) = Parse(arguments);
        Container container = store.Open(reference.Id);
        if (container.Status == ContainerStatus.Stopped)
        {
            throw new ContainerException($"container with id {container.Id} is not running");
        }

        if (once)
        {
            Print(container);
            return ExitCode.Success;
        }

        // Opened before the status is asked for again, so that it is this container's process that is waited for.
        using PidFd? process = PidFd.TryOpen(container.Pid);
        while (process is not null && container.Status != ContainerStatus.Stopped && !process.WaitForEnd(interval))
        {
            Print(container);
        }

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
    internal static ReadOnlyMemory<byte> Format(string id, CgroupStatistics statistics)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "stats"u8);
            writer.WriteString("id"u8, id);
            writer.WritePropertyName("data"u8);
            StatisticsJson.Write(writer, statistics);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Print(Container container)
    {
        using ICgroup cgroup = container.OpenCgroup();
        ReadOnlyMemory<byte> line = Format(container.Id.ToString(), cgroup.Statistics());
        ProcessStreams.Print([.. line.Span, (byte)'\n']);
    }

    private static TimeSpan ReadInterval(ref ArgumentReader reader)
    {
        string text = reader.ReadText() ?? "";
        return Duration.TryParse(text, out TimeSpan interval) && interval > TimeSpan.Zero
            ? interval
            : throw reader.Invalid(text, "not a duration above zero, such as 5s, 500ms or 1m30s");
    }
}
