using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Create;

namespace Bulkhead.Runtime.Child;

/// <summary>The child's end of the socket, which also remembers what the child is doing, for the case that it fails.</summary>
[ChildSafe]
internal sealed class ParentPipe(UnixSocket socket)
{
    private const int MostOfSubject = 500;

    private string _step = "start";
    private bool _closed;

    /// <summary>Has the child become a program, or tells the parent which step failed and exits.</summary>
    [DoesNotReturn]
    public void Run(Action<ParentPipe> become)
    {
        try
        {
            become(this);
        }
        catch (Exception error)
        {
            // The child's end: there is nobody above to catch anything.
            Fail(error);
        }

        Execve.Leave(1);
    }

    /// <summary>Says what is done next, in the words of an error message.</summary>
    public void At(string step) => _step = step;

    /// <summary>Tells the parent something.</summary>
    public void Send(Message message, FileDescriptor? passed = null) => socket.Send([(byte)message], passed);

    /// <summary>Tells the parent that a sibling goes on in this process's place.</summary>
    /// <param name="pid">The sibling, in the PID namespace of this process, which is the parent's.</param>
    public void SendBorn(int pid) => Send(Message.Born, pid, passed: null);

    /// <summary>Has the parent open the source of a mount; what was sent before must have been received.</summary>
    /// <param name="mount">The mount's place in the document.</param>
    public FileDescriptor AskForSource(int mount)
    {
        Send(Message.SourceWanted, mount, passed: null);
        return Await(Message.Source) ?? throw new InvalidOperationException("the parent sent a source without its descriptor");
    }

    /// <summary>Has the parent map the ids that a mount shows; what was sent before must have been received.</summary>
    /// <param name="mount">The mount's place in the document.</param>
    /// <param name="made">The mount, not attached yet.</param>
    public void HaveMapped(int mount, DetachedMount made)
    {
        Send(Message.MappingWanted, mount, made.Root);
        Await(Message.Mapped);
    }

    /// <summary>Waits for what the parent has to say next. A child whose parent is gone ends: nobody would know of it.</summary>
    /// <returns>The descriptor that came with it.</returns>
    public FileDescriptor? Await(Message expected)
    {
        Span<byte> buffer = stackalloc byte[1];
        if (socket.Receive(buffer, out FileDescriptor? passed) == 0)
        {
            Execve.Leave(1);
        }

        if ((Message)buffer[0] != expected)
        {
            throw new InvalidOperationException($"the parent said {(char)buffer[0]} where {(char)expected} comes next");
        }

        return passed;
    }

    private void Send(Message message, int number, FileDescriptor? passed)
    {
        Span<byte> bytes = [(byte)message, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], number);
        socket.Send(bytes, passed);
    }

    /// <summary>Tells the parent which step failed and why. The child says nothing more.</summary>
    private void Fail(Exception error)
    {
        ChildFailure failure = error is LinuxException linux
            ? new ChildFailure(_step, Shortened(linux).Message, linux.Error)
            : new ChildFailure(_step, error.Message, Errno.None);
        try
        {
            if (_closed)
            {
                // Nobody listens any more but who has the process's own stream: the reason why start was followed by an end.
                using FileDescriptor stream = new(2, "standard error", owned: false);
                stream.Write(Encoding.UTF8.GetBytes($"runtime: {failure.Step}: {failure.Cause}\n"));
                return;
            }

            socket.Send(failure.Encode());
        }
        catch (LinuxException)
        {
            // Nobody listens any more; the exit code is all that is left to say.
        }
    }

    /// <summary>Closes all other descriptors that are not the process's to come.</summary>
    /// <param name="process">Says how many are.</param>
    /// <param name="waitsAt">One more that is needed still.</param>
    /// <remarks>
    /// What is left open could be gone through, by <c>/proc/self/fd/</c>, in any path that the image has a hand in: the
    /// working directory, the program, its interpreter (CVE-2024-21626). That they are close-on-exec comes too late for it.
    /// </remarks>
    public void CloseAllElse(ProcessPlan process, FileDescriptor? waitsAt)
    {
        At("close the runtime's descriptors");
        DescriptorTable.CloseAllBut(3 + process.PreserveDescriptors, socket, waitsAt);
    }

    /// <summary>Closes the socket: the parent needs to know nothing more.</summary>
    public void Close()
    {
        _closed = true;
        socket.Dispose();
    }

    /// <summary>Fails with a text of the child's own.</summary>
    [DoesNotReturn]
    public static void Refuse(string message) => throw new IOException(message);

    /// <summary>A path of thousands of characters would push the kernel's answer out of the message.</summary>
    private static LinuxException Shortened(LinuxException error) =>
        error.Subject.Length <= MostOfSubject ? error : new LinuxException(error.Call, $"{error.Subject[..MostOfSubject]}…", error.Error);
}
