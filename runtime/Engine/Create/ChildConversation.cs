using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Create;

/// <summary>The parent's side of talking to a child that becomes a process of a container; for init and for exec.</summary>
internal sealed class ChildConversation(ChildPipe pipe, PidFd process, string? consoleSocket) : IDisposable
{
    private FileDescriptor? _terminal;

    /// <summary>The child.</summary>
    public PidFd Process { get; private set; } = process;

    /// <summary>Runs the parent's hooks when the child is about to change the root; null when there are none.</summary>
    public Action? OnMountsReady { get; init; }

    /// <summary>Moves network devices to the child's namespace; null when there are none.</summary>
    public Action? OnNetworkReady { get; init; }

    /// <summary>Does for the child's mounts what it may not do itself; null when there are none.</summary>
    public MountSources? Sources { get; init; }

    /// <summary>Finds out why the child was killed, for the end of a message; null when there is nothing to find out.</summary>
    public Func<string?>? OnKilled { get; init; }

    /// <summary>Passes the descriptor of a filter's listener on; null when there can be none.</summary>
    public Action<FileDescriptor>? OnSeccompListener { get; init; }

    /// <summary>Tells the child something.</summary>
    public void Send(Message message) => pipe.Send(message);

    /// <summary>Serves the child until nothing is left for it but to become the program.</summary>
    /// <exception cref="ContainerException">A step of the child's failed, or it was killed.</exception>
    public void WaitUntilReady()
    {
        while (pipe.Receive(out FileDescriptor? passed) is { } message)
        {
            switch (message)
            {
                case Message.Ready:
                    return;
                case Message.Born:
                    TakeSibling(pipe.Number);
                    break;
                case Message.SourceWanted when Sources is not null:
                    using (FileDescriptor source = Sources.Open(Process.Pid, pipe.Number))
                    {
                        pipe.Send(Message.Source, source);
                    }

                    break;
                case Message.MappingWanted when Sources is not null && passed is not null:
                    using (passed)
                    {
                        Sources.Map(Process.Pid, pipe.Number, passed);
                    }

                    pipe.Send(Message.Mapped);
                    break;
                case Message.Terminal when passed is not null:
                    AcceptTerminal(passed);
                    break;
                case Message.NetworkReady:
                    OnNetworkReady?.Invoke();
                    pipe.Send(Message.DevicesMoved);
                    break;
                case Message.MountsReady:
                    OnMountsReady?.Invoke();
                    pipe.Send(Message.HooksDone);
                    break;
                case Message.SeccompListener when passed is not null:
                    using (passed)
                    {
                        OnSeccompListener?.Invoke(passed);
                    }

                    break;
                default:
                    throw new InvalidOperationException($"the child said {message}, which it can't");
            }
        }

        WaitStatus end = ChildProcess.Wait(Process.Pid);
        string? why = end.SignalNumber == Signal.Kill.Number ? OnKilled?.Invoke() : null;
        throw new ContainerException($"the container's process ended before it was ready: {end}{why}");
    }

    /// <summary>Lets the child go on, and waits until it has become the program.</summary>
    /// <exception cref="ContainerException">It could not.</exception>
    public void CommitAndWait()
    {
        pipe.Send(Message.Commit);
        if (pipe.Receive(out FileDescriptor? passed) is { } message)
        {
            passed?.Dispose();
            throw new InvalidOperationException($"the child said {message} after it was told to commit");
        }
    }

    /// <summary>Takes the terminal's master end, which then is the caller's; null when it went to a socket or there is none.</summary>
    public FileDescriptor? TakeTerminal()
    {
        FileDescriptor? terminal = _terminal;
        _terminal = null;
        return terminal;
    }

    /// <summary>Closes what is open; a child that was not told to commit ends.</summary>
    public void Dispose()
    {
        pipe.Dispose();
        _terminal?.Dispose();
        Process.Dispose();
    }

    /// <summary>Goes on with the sibling that has taken the child's place.</summary>
    private void TakeSibling(int pid)
    {
        // It is a child of this process, and so keeps its number until it is waited for.
        PidFd sibling = PidFd.TryOpen(pid) ?? throw new ContainerException("the container's process ended at its birth");
        ChildProcess.Wait(Process.Pid);
        Process.Dispose();
        Process = sibling;
    }

    private void AcceptTerminal(FileDescriptor master)
    {
        if (consoleSocket is null)
        {
            // It is to be served here. It has the caller's size before the program can ask for it.
            using FileDescriptor input = new(0, "standard input", owned: false);
            Terminal.CopySize(input, master);
            _terminal = master;
            return;
        }

        using (master)
        using (UnixSocket socket = UnixSocket.Connect(consoleSocket))
        {
            // The name is data that receivers show in messages, as runc sends it.
            socket.Send("/dev/ptmx"u8, master);
        }
    }
}
