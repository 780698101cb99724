using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Terminals;

/// <summary>Both ends of a pseudo-terminal: the one that shows and types, and the one that a program takes for a terminal.</summary>
/// <remarks>pty(7), ioctl_tty(2). The names are the kernel's.</remarks>
[ChildSafe]
public sealed class PseudoTerminal : IDisposable
{
    private const ulong TIOCSPTLCK = 0x40045431;
    private const ulong TIOCGPTN = 0x80045430;
    private const ulong TIOCGPTPEER = 0x5441;
    private const ulong TIOCSCTTY = 0x540e;

    private PseudoTerminal(FileDescriptor master, FileDescriptor slave, int index)
    {
        Master = master;
        Slave = slave;
        Index = index;
    }

    /// <summary>The end that shows and types.</summary>
    public FileDescriptor Master { get; }

    /// <summary>The end that a program takes for a terminal.</summary>
    public FileDescriptor Slave { get; }

    /// <summary>The name in the devpts it was made in.</summary>
    public int Index { get; }

    /// <summary>Makes one in a devpts.</summary>
    /// <param name="multiplexer">The file <c>ptmx</c> of the devpts, opened for reading and writing.</param>
    /// <exception cref="LinuxException">As ioctl(2).</exception>
    public static PseudoTerminal Create(FileDescriptor multiplexer)
    {
        int unlocked = 0;
        int index = 0;

        // Sound: both requests take a pointer to an integer, which is on this stack.
        unsafe
        {
            LinuxException.Check(Libc.IoCtl(multiplexer.Number, TIOCSPTLCK, &unlocked), "TIOCSPTLCK", multiplexer.Path);
            LinuxException.Check(Libc.IoCtl(multiplexer.Number, TIOCGPTN, &index), "TIOCGPTN", multiplexer.Path);
        }

        // By descriptor and not by name: what has the name may be somebody else's (since 4.13).
        OpenFlags flags = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC;
        string path = $"/dev/pts/{index}";
        int slave = LinuxException.Check(Libc.IoCtl(multiplexer.Number, TIOCGPTPEER, (long)flags), "TIOCGPTPEER", multiplexer.Path);
        return new PseudoTerminal(multiplexer, new FileDescriptor(slave, path), index);
    }

    /// <summary>Makes a terminal the controlling one of the session that the calling process leads.</summary>
    /// <exception cref="LinuxException">As ioctl(2); EPERM when the session has one already.</exception>
    public static void SetControlling(FileDescriptor terminal) =>
        LinuxException.Check(Libc.IoCtl(terminal.Number, TIOCSCTTY, 0L), "TIOCSCTTY", terminal.Path);

    /// <summary>Closes both ends.</summary>
    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }
}
