using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>The master side of a pseudo-terminal.</summary>
public sealed unsafe class Terminal : IDisposable
{
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ
    private const nuint SetWindowSize = 0x5414; // TIOCSWINSZ
    private const int EndOfTerminal = 5; // EIO: the other side has been closed

    private readonly SafeFileHandle _master;
    private readonly StringBuilder _seen = new();

    internal Terminal(SafeFileHandle master) => _master = master;

    /// <summary>Everything read so far, line ends as the terminal gives them (CR LF).</summary>
    public string Output => _seen.ToString();

    /// <summary>Rows and columns.</summary>
    public (int Rows, int Columns) Size
    {
        get
        {
            var size = default(Native.WindowSize);
            Check(Native.Control(_master, GetWindowSize, &size), "TIOCGWINSZ");
            return (size.Rows, size.Columns);
        }

        set
        {
            var size = new Native.WindowSize { Rows = (ushort)value.Rows, Columns = (ushort)value.Columns };
            Check(Native.Control(_master, SetWindowSize, &size), "TIOCSWINSZ");
        }
    }

    /// <summary>Types a text.</summary>
    public void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            Check((int)Native.Write(_master, start, (nuint)bytes.Length), "write");
        }
    }

    /// <summary>Reads until a text has come; fails the test, showing what came, if it does not.</summary>
    /// <returns><see cref="Output"/>.</returns>
    public string ReadUntil(string text, TimeSpan? limit = null)
    {
        Read(() => Output.Contains(text, StringComparison.Ordinal), limit);
        if (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.Fail($"the terminal did not show \"{text}\" but:\n{Output}");
        }

        return Output;
    }

    /// <summary>Reads until the other side is closed or the time is over.</summary>
    /// <returns><see cref="Output"/>.</returns>
    public string ReadToEnd(TimeSpan? limit = null)
    {
        Read(() => false, limit);
        return Output;
    }

    /// <inheritdoc/>
    public void Dispose() => _master.Dispose();

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw Native.LastError(call);
        }
    }

    private void Read(Func<bool> enough, TimeSpan? limit)
    {
        TimeSpan atMost = limit ?? Wait.DefaultLimit;
        var clock = Stopwatch.StartNew();
        byte* buffer = stackalloc byte[4096];
        while (!enough() && clock.Elapsed < atMost)
        {
            var poll = new Native.PollDescriptor { Descriptor = (int)_master.DangerousGetHandle(), Events = Native.PollIn };
            if (Native.Poll(&poll, 1, 100) <= 0)
            {
                continue;
            }

            nint read = Native.Read(_master, buffer, 4096);
            if (read == 0 || (read < 0 && Marshal.GetLastPInvokeError() == EndOfTerminal))
            {
                return;
            }

            Check((int)read, "read");
            _seen.Append(Encoding.UTF8.GetString(buffer, (int)read));
        }
    }
}
