using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Events;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;
using Bulkhead.Shim.Server;
using Bulkhead.Shim.Tasks;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;

namespace Bulkhead.Shim.Commands;

/// <summary><c>serve</c>: the server itself, which <c>start</c> starts with its socket as standard input.</summary>
internal static class ServeCommand
{
    private const int FirstAfterStandard = 3;

    // What is published when the last container is gone should get there, but a containerd that is away is not waited for.
    private static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(5);

    /// <summary>Serves until there is nothing more to do.</summary>
    public static int Run(CommandLine line)
    {
        if (line.Socket.Length == 0)
        {
            throw new UsageException("serve is what start runs, with the socket as its standard input");
        }

        using UnixListener listener = TakeSocket(line);
        ProcessIdentity.SetSubreaper();
        ShimCgroup.SetOutOfMemoryScore();
        using EventLoop loop = new();
        loop.Run(() => ServeAsync(loop, listener, line));
        return 0;
    }

    private static async Task ServeAsync(EventLoop loop, UnixListener listener, CommandLine line)
    {
        ShimLog log = new($"{line.Bundle}/log", line.IsDebug);
        EnterCgroup(line, log);
        using Reaper reaper = new(loop);
        using CancellationTokenSource stop = new();
        EventPublisher publisher = new(loop, line.Namespace, Environment.GetEnvironmentVariable("TTRPC_ADDRESS"), log);
        TaskService tasks = new(loop, reaper, line.Namespace, ShimSocket.FurtherOf(line.Socket), publisher, log);
        TtrpcServer server = new(loop.Time);
        TtrpcService methods = tasks.Methods();
        server.Add(TaskClient.Version2, methods);
        server.Add(TaskClient.Version3, methods);
        _ = reaper.RunAsync();
        _ = EndBySignalAsync(loop, tasks);
        Task serving = new ShimServer(loop, listener, server, log).RunAsync(stop.Token);

        // A server that takes no connections has nothing to do either.
        await Task.WhenAny(tasks.ShutDown, serving);
        ShimSocket.Remove(line.Socket);
        await Task.WhenAny(publisher.Delivered, Task.Delay(LastEvents, loop.Time, CancellationToken.None));
        stop.Cancel();
        await serving;
    }

    private static void EnterCgroup(CommandLine line, ShimLog log)
    {
        try
        {
            using Bundle bundle = Bundle.Open(line.Bundle);
            ShimCgroup.Enter(bundle.ReadOptions());
        }
        catch (Exception error) when (error is Linux.LinuxException or Cgroups.CgroupException)
        {
            // Where the shim is accounted is not worth a container.
            log.Write("error", $"the shim's cgroup: {error.Message}");
        }
    }

    /// <summary>A signal that asks the shim to end does so only when it has no container: those would be left alone.</summary>
    private static async Task EndBySignalAsync(EventLoop loop, TaskService tasks)
    {
        using SignalReader signals = SignalReader.Open(Signal.Term, Signal.Int, Signal.Hup);
        using Readiness readiness = loop.Watch(signals);
        while (true)
        {
            while (signals.TryTake() is not null)
            {
                tasks.EndIfIdle();
            }

            await readiness.Input();
        }
    }

    /// <summary>The listening socket, which came as standard input, where the programs that are started should not find it.</summary>
    private static UnixListener TakeSocket(CommandLine line)
    {
        using FileDescriptor input = new(0, line.Socket, owned: false);
        UnixListener listener = new(DescriptorTable.CopyAway(input, FirstAfterStandard), line.Socket);
        using FileDescriptor nothing = FileDescriptor.Open("/dev/null", Linux.Files.FileMode.ReadWrite);
        DescriptorTable.Place(nothing, 0);
        return listener;
    }
}
