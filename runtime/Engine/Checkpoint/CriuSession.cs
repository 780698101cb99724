using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>A CRIU that works for the runtime: one process, one request.</summary>
/// <remarks>
/// criu(8), <c>swrk</c>: requests come over a socket that CRIU has from its parent, and so do the notifications that CRIU
/// stops at until they are answered. When the runtime is killed, the socket's end makes CRIU give up and take back what it did.
/// </remarks>
internal sealed class CriuSession : IDisposable
{
    private const int LongestMessage = 64 << 10;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly UnixSocket _socket;
    private readonly Spawned _process;
    private bool _hasEnded;

    private CriuSession(UnixSocket socket, Spawned process)
    {
        _socket = socket;
        _process = process;
    }

    /// <summary>CRIU's process.</summary>
    internal int Pid => _process.Pid;

    /// <summary>Starts the CRIU that is found in PATH, with the runtime's streams.</summary>
    /// <param name="inherited">Further descriptors that it gets, by the same numbers.</param>
    /// <exception cref="ContainerException">There is none.</exception>
    internal static CriuSession Start(params ReadOnlySpan<FileDescriptor> inherited)
    {
        (UnixSocket mine, UnixSocket criu) = UnixSocket.Pair();
        using (criu)
        {
            try
            {
                return new CriuSession(mine, PathSearch.Start(new SpawnPlan
                {
                    Program = "criu",
                    Arguments = ["criu", "swrk", criu.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)],
                    Environment = PathSearch.OwnEnvironment(),
                    Inherited = [.. inherited, criu],
                }));
            }
            catch (LinuxException error)
            {
                mine.Dispose();
                throw new ContainerException($"criu, which checkpoints and restores containers, can't be started: {error.Message}", error);
            }
        }
    }

    /// <summary>Asks whether the kernel can do what a request needs.</summary>
    /// <exception cref="ContainerException">CRIU failed.</exception>
    internal static CriuResponse CheckFeatures()
    {
        using CriuSession session = Start();
        return session.Ask(new CriuRequest(CriuMessageType.FeatureCheck), static (_, _) => { });
    }

    /// <summary>Makes a request and waits until it is done.</summary>
    /// <param name="request">The request.</param>
    /// <param name="notified">Gets each notification with the descriptor that came with it, which is closed afterwards unless it is kept.</param>
    /// <exception cref="ContainerException">CRIU failed.</exception>
    internal CriuResponse Ask(CriuRequest request, Action<CriuResponse, FileDescriptor?> notified)
    {
        try
        {
            _socket.Send(request.Encode());
            byte[] buffer = new byte[LongestMessage];
            while (true)
            {
                int length = _socket.Receive(buffer, out FileDescriptor? passed);
                if (length == 0)
                {
                    throw new ContainerException("criu ended without an answer");
                }

                CriuResponse response = CriuResponse.Decode(buffer.AsSpan(0, length));
                if (!response.IsSuccess && response.Type != CriuMessageType.Notify)
                {
                    throw new ContainerException(response.Cause.Length == 0 ? "criu failed" : $"criu: {response.Cause}");
                }

                if (response.Type != CriuMessageType.Notify)
                {
                    return response;
                }

                notified(response, passed);
                _socket.Send(CriuRequest.EncodeNotified());
            }
        }
        catch (Exception error) when (error is LinuxException or FormatException)
        {
            throw new ContainerException($"criu: {error.Message}", error);
        }
    }

    /// <summary>Ends CRIU, which has nothing to do any more, and waits for its end.</summary>
    public void Dispose()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;

            // The end of the socket is what it waits for.
            _socket.Dispose();
            _process.Wait(EndLimit);
        }
    }
}
