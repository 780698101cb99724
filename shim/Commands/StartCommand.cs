using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Shim.Bootstrap;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Commands;

/// <summary><c>start</c> makes sure that a shim serves the container, and prints where.</summary>
/// <remarks>
/// The socket listens before the server runs: who connects early waits in the socket's queue. Nothing that outlives the
/// command keeps its outputs open, because containerd reads them to their end.
/// </remarks>
internal static class StartCommand
{
    /// <summary>Signals that the server reads: they are blocked from its first moment on, in all of its threads.</summary>
    private static readonly Signal[] Read = [Signal.Chld, Signal.Term, Signal.Int, Signal.Hup];

    /// <summary>Runs the command in the bundle, which is the working directory.</summary>
    public static int Run(CommandLine line)
    {
        StartInput input = StartInput.Read(line);
        using Bundle bundle = Bundle.Open(line.Bundle.Length > 0 ? line.Bundle : WorkingDirectory.Read());
        string folder = input.Parameters is { HasSocketDir: true, SocketDir.Length: > 0 } parameters ? parameters.SocketDir : ShimSocket.DefaultFolder;
        string socket = ShimSocket.PathOf(folder, $"{line.Address}/{line.Namespace}", ShimGroup.Of(line.Id, bundle.ReadSpec()));

        // Before there is a server: whatever happens to it, delete knows which runtime to call.
        bundle.WriteOptions(RuntimeOptions.Parse(input.Options));
        using (UnixListener? listener = ShimSocket.TryListen(socket))
        {
            if (listener is not null)
            {
                StartServer(line, bundle, socket, listener);
            }
        }

        string address = ShimSocket.AddressOf(socket);
        bundle.Write("address", address);
        using FileDescriptor output = new(1, "stdout", owned: false);
        output.Write(BootstrapAnswer.Write(address, input));
        return 0;
    }

    private static void StartServer(CommandLine line, Bundle bundle, string socket, UnixListener listener)
    {
        using FileDescriptor nothing = FileDescriptor.Open("/dev/null", FileMode.ReadWrite);
        using FileDescriptor? log = TryOpenLog(bundle);
        List<string> arguments = ["shim", "-namespace", line.Namespace, "-id", line.Id, "-bundle", bundle.Path, "-socket", socket];
        if (line.IsDebug)
        {
            arguments.Add("-debug");
        }

        arguments.Add("serve");
        Spawned server = Spawn.Start(new SpawnPlan
        {
            Program = SymbolicLink.Read("/proc/self/exe"),
            Arguments = [.. arguments],
            Environment = PathSearch.OwnEnvironment(),
            Input = listener,
            Output = nothing,
            Error = log ?? nothing,
            LeadsSession = true,
            Blocked = Read,
        });
        bundle.Write("shim.pid", server.Pid.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Where a server that fails says why; null when nobody reads it.</summary>
    private static FileDescriptor? TryOpenLog(Bundle bundle)
    {
        try
        {
            return bundle.Directory.TryOpenFile("log", FileMode.WriteNonBlocking);
        }
        catch (LinuxException error) when (error.Error is Errno.ENXIO)
        {
            return null;
        }
    }
}
