using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>update CONTAINER</c> changes limits of a container; those not named stay.</summary>
internal static class UpdateCommand
{
    internal const string Help = """
        usage: runtime update [options] <container>
               runtime update --resources PATH <container>

        Changes limits of a container; those that are not named stay as they are.

          --resources PATH, -r  takes the limits from a JSON document; "-" is standard input
          --blkio-weight N      weight of block I/O, 10 to 1000
          --cpu-period N        period of the quota, in microseconds
          --cpu-quota N         CPU time in a period, in microseconds; -1: no limit
          --cpu-burst N         CPU time saved up beyond the quota, in microseconds
          --cpu-share N         weight of CPU time
          --cpu-rt-period N     period of real-time scheduling, in microseconds
          --cpu-rt-runtime N    real-time scheduling in such a period, in microseconds
          --cpu-idle N          1: scheduled as idle; 0: as usual
          --cpuset-cpus LIST    CPUs, such as 0-3,7
          --cpuset-mems LIST    memory nodes
          --memory SIZE         bytes, or with a unit: 64M, 1.5g; -1: no limit
          --memory-reservation SIZE
                                soft limit of memory
          --memory-swap SIZE    memory and swap together
          --pids-limit N        number of tasks; -1: no limit
          --l3-cache-schema SCHEMA
                                shares of the L3 cache, such as L3:0=7f0;1=1f
          --mem-bw-schema SCHEMA
                                shares of memory bandwidth, such as MB:0=20;1=70

        """;

    /// <param name="Container">Which container.</param>
    /// <param name="ResourcesFile">Where the limits are to be read: a path, or "-".</param>
    /// <param name="Resources">The limits that the options give.</param>
    /// <param name="Shares">The shares of cache and memory bandwidth that the options give; null for none.</param>
    /// <param name="Ignored">An option that has had no effect in the kernel for long.</param>
    internal sealed record Request(ContainerReference Container, string? ResourcesFile, LinuxResources Resources, LinuxIntelRdt? Shares, string? Ignored);

    internal static int Run(ContainerStore store, Log log, ReadOnlySpan<string> arguments)
    {
        Request request = Parse(arguments);
        if (request.Ignored is { } option)
        {
            log.Warning($"{option} is ignored: kernels from 5.16 on have no such limit");
        }

        Container container = store.Open(request.Container.Id);
        container.Update(request.ResourcesFile is { } path ? Read(path) : request.Resources, request.Shares);
        return ExitCode.Success;
    }

    internal static Request Parse(ReadOnlySpan<string> arguments)
    {
        string? file = null;
        string? ignored = null;
        string? first = null;
        ushort? weight = null;
        long? pids = null;
        LinuxCpu cpu = new();
        LinuxMemory memory = new();
        LinuxIntelRdt shares = new();
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("resources", 'r'))
            {
                file = reader.ReadText();
                continue;
            }

            // No part of the document, so they go with it.
            if (reader.Is("l3-cache-schema"))
            {
                shares = shares with { L3CacheSchema = reader.ReadText() };
                continue;
            }

            if (reader.Is("mem-bw-schema"))
            {
                shares = shares with { MemBwSchema = reader.ReadText() };
                continue;
            }

            first ??= reader.Shown;
            if (reader.Is("blkio-weight")) { weight = reader.ReadNumber(0, 1000) is > 0 and var number ? (ushort)number : null; }
            else if (reader.Is("cpu-period")) { cpu = cpu with { Period = reader.ReadCount() }; }
            else if (reader.Is("cpu-quota")) { cpu = cpu with { Quota = reader.ReadNumber() }; }
            else if (reader.Is("cpu-burst")) { cpu = cpu with { Burst = reader.ReadCount() }; }
            else if (reader.Is("cpu-share")) { cpu = cpu with { Shares = reader.ReadCount() }; }
            else if (reader.Is("cpu-rt-period")) { cpu = cpu with { RealtimePeriod = reader.ReadCount() }; }
            else if (reader.Is("cpu-rt-runtime")) { cpu = cpu with { RealtimeRuntime = reader.ReadNumber() }; }
            else if (reader.Is("cpu-idle")) { cpu = cpu with { Idle = reader.ReadNumber(0, 1) }; }
            else if (reader.Is("cpuset-cpus")) { cpu = cpu with { Cpus = reader.ReadText() }; }
            else if (reader.Is("cpuset-mems")) { cpu = cpu with { Mems = reader.ReadText() }; }
            else if (reader.Is("memory")) { memory = memory with { Limit = ReadSize(ref reader) }; }
            else if (reader.Is("memory-reservation")) { memory = memory with { Reservation = ReadSize(ref reader) }; }
            else if (reader.Is("memory-swap")) { memory = memory with { Swap = ReadSize(ref reader) }; }
            else if (reader.Is("pids-limit")) { pids = reader.ReadNumber(-1); }
            else if (reader.Is("kernel-memory") || reader.Is("kernel-memory-tcp")) { ignored = reader.ReadText() is null ? ignored : reader.Shown; }
            else { throw reader.Unknown(); }
        }

        if (file is not null && first is not null)
        {
            throw new UsageException($"--resources and {first} do not go together: put all limits into the document");
        }

        return new Request(ContainerReference.Parse(reader.TheOperand("update")), file, Put(cpu, memory, weight, pids), shares == new LinuxIntelRdt() ? null : shares, ignored);
    }

    private static LinuxResources Put(LinuxCpu cpu, LinuxMemory memory, ushort? weight, long? pids) => new()
    {
        Cpu = cpu == new LinuxCpu() ? null : cpu,

        // Memory without a limit and a limit of both together contradict each other on cgroup v1: runc lifts both.
        Memory = memory == new LinuxMemory() ? null : memory is { Limit: -1, Swap: null } ? memory with { Swap = -1 } : memory,
        BlockIo = weight is null ? null : new LinuxBlockIo { Weight = weight },
        Pids = pids is null ? null : new LinuxPids { Limit = pids },
    };

    private static long? ReadSize(ref ArgumentReader reader)
    {
        return reader.ReadText() is not { } text ? null
            : text == "-1" ? -1
            : ByteSize.TryParse(text, out long bytes) ? bytes
            : throw reader.Invalid(text, "not a size in bytes, such as 1048576, 64M or 1.5g");
    }

    private static LinuxResources Read(string path)
    {
        using FileDescriptor file = path == "-" ? ProcessStreams.OpenInput() : FileDescriptor.Open(path, FileMode.Read);
        byte[] document = file.ReadToEnd(SpecJson.MaxDocumentBytes);
        try
        {
            return SpecJson.ReadResources(document);
        }
        catch (SpecException error)
        {
            throw new ContainerException($"{file.Path}: {error.Message}", error);
        }
    }
}
