using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Processes;
using Bulkhead.Shim.Rootfs;
using Bulkhead.Shim.Runtimes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Commands;

/// <summary><c>delete</c> removes what a shim that is gone has left of a container: processes, mounts, the socket.</summary>
/// <remarks>It works without a server. Its answer is the recorded exit, or 137 for processes that only it has ended.</remarks>
internal static class DeleteCommand
{
    private const int Killed = 137;

    /// <summary>Runs the command.</summary>
    public static int Run(CommandLine line)
    {
        using Bundle bundle = Bundle.Open(line.Bundle.Length > 0 ? line.Bundle : WorkingDirectory.Read());
        OrphanedCalls.End(bundle.PathOf(RuntimeLog.Name));
        DeleteFromRuntime(line, bundle);
        RootfsMounts.Remove(bundle.Rootfs);
        if (bundle.Directory.TryReadText("address") is { } address)
        {
            ShimSocket.RemoveStale(ShimSocket.PathOf(address.Trim()));
        }

        ExitRecord exit = ExitRecord.TryRead(bundle.Directory, "")
            ?? new ExitRecord(bundle.TryReadPid("init.pid") ?? 0, Killed, DateTimeOffset.UtcNow, IsOutOfMemory: false);
        DeleteResponse response = new() { Pid = (uint)exit.Pid, ExitStatus = (uint)exit.ExitStatus, ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt) };
        using FileDescriptor output = new(1, "stdout", owned: false);
        output.Write(response.ToByteArray());
        return 0;
    }

    private static void DeleteFromRuntime(CommandLine line, Bundle bundle)
    {
        string log = bundle.PathOf(RuntimeLog.Name);
        using FileDescriptor nothing = FileDescriptor.Open("/dev/null", Linux.Files.FileMode.ReadWrite);
        OciRuntime runtime = OciRuntime.From(bundle.ReadOptions(), line.Namespace);
        SpawnPlan call = runtime.Call(log, "delete", "--force", line.Id) with { Input = nothing, Output = nothing, Error = nothing };
        WaitStatus status = Spawn.Start(call).Wait(limit: null);
        if (!status.IsSuccess)
        {
            // It is a warning: mounts and socket have to go nevertheless.
            using FileDescriptor error = new(2, "stderr", owned: false);
            error.Write($"delete {line.Id}: {RuntimeLog.LastError(log) ?? status.ToString()}\n");
        }
    }
}
