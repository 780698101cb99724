using System.Buffers.Binary;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Terminals;

/// <summary>The size of a terminal's window, in characters.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
public readonly record struct WindowSize(ushort Rows, ushort Columns);

/// <summary>Settings of a terminal that is open already.</summary>
/// <remarks>termios(3), ioctl_tty(2).</remarks>
[ChildSafe]
public static class Terminal
{
    private const ulong TIOCGWINSZ = 0x5413;
    private const ulong TIOCSWINSZ = 0x5414;
    private const int TCSANOW = 0;
    private const uint ONLCR = 4;

    // sizeof(struct termios) of the C library; four words of flags come first.
    private const int SettingsSize = 60;
    private const int OutputFlagsOffset = 4;
    private const int LocalFlagsOffset = 12;
    private const uint ICANON = 2;

    /// <summary>The size of the window; null when the descriptor is not a terminal.</summary>
    public static WindowSize? TryGetSize(FileDescriptor terminal)
    {
        // Sound: struct winsize is four 16-bit words.
        unsafe
        {
            ushort* size = stackalloc ushort[4];
            return Libc.IoCtl(terminal.Number, TIOCGWINSZ, size) < 0 ? null : new WindowSize(size[0], size[1]);
        }
    }

    /// <summary>Sets the size of the window.</summary>
    /// <exception cref="LinuxException">As ioctl(2).</exception>
    public static void SetSize(FileDescriptor terminal, WindowSize window)
    {
        // Sound: struct winsize is four 16-bit words, the last two being unused.
        unsafe
        {
            ushort* size = stackalloc ushort[4] { window.Rows, window.Columns, 0, 0 };
            LinuxException.Check(Libc.IoCtl(terminal.Number, TIOCSWINSZ, size), "TIOCSWINSZ", terminal.Path);
        }
    }

    /// <summary>Gives a terminal the size of another, if that is one.</summary>
    /// <exception cref="LinuxException">As ioctl(2).</exception>
    public static void CopySize(FileDescriptor from, FileDescriptor to)
    {
        if (TryGetSize(from) is { } size)
        {
            SetSize(to, size);
        }
    }

    /// <summary>Reads the settings, to be given back by <see cref="Restore"/>; null when the descriptor is not a terminal.</summary>
    public static byte[]? TrySave(FileDescriptor terminal)
    {
        byte[] settings = new byte[SettingsSize];

        // Sound: the array has the size that the C library writes.
        unsafe
        {
            fixed (byte* start = settings)
            {
                return Libc.TcGetAttr(terminal.Number, start) < 0 ? null : settings;
            }
        }
    }

    /// <summary>Whether input is taken line by line, in which the character for its end has its meaning; true for what is no terminal.</summary>
    /// <remarks>Of a master end it is the other end's mode that is told of.</remarks>
    public static bool IsLineByLine(FileDescriptor terminal) =>
        TrySave(terminal) is not { } settings || (BinaryPrimitives.ReadUInt32LittleEndian(settings.AsSpan(LocalFlagsOffset)) & ICANON) != 0;

    /// <summary>Sets settings that <see cref="TrySave"/> has read.</summary>
    /// <exception cref="LinuxException">As tcsetattr(3).</exception>
    public static void Restore(FileDescriptor terminal, ReadOnlySpan<byte> settings)
    {
        // Sound: the settings have the size that the C library reads.
        unsafe
        {
            fixed (byte* start = settings)
            {
                LinuxException.Check(Libc.TcSetAttr(terminal.Number, TCSANOW, start), "tcsetattr", terminal.Path);
            }
        }
    }

    /// <summary>Passes every byte on as it comes, in both directions: for one who sits between two terminals.</summary>
    /// <exception cref="LinuxException">As tcsetattr(3).</exception>
    public static void MakeRaw(FileDescriptor terminal, ReadOnlySpan<byte> settings)
    {
        Span<byte> raw = stackalloc byte[SettingsSize];
        settings.CopyTo(raw);

        // Sound: the copy has the size that the C library changes.
        unsafe
        {
            fixed (byte* start = raw)
            {
                Libc.CfMakeRaw(start);
            }
        }

        Restore(terminal, raw);
    }

    /// <summary>Has the terminal write a line feed as such, so that the one who shows it decides what a line's end is.</summary>
    /// <exception cref="LinuxException">As tcsetattr(3).</exception>
    /// <remarks>Docker and runc clear ONLCR in the same place.</remarks>
    public static void KeepLineFeeds(FileDescriptor terminal)
    {
        if (TrySave(terminal) is { } settings)
        {
            Span<byte> output = settings.AsSpan(OutputFlagsOffset, 4);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(output);
            BinaryPrimitives.WriteUInt32LittleEndian(output, flags & ~ONLCR);
            Restore(terminal, settings);
        }
    }
}
