using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Terminals;

namespace Bulkhead.Runtime.Foreground;

/// <summary>Carries what the caller types to a terminal of the container, and what the terminal shows to the caller.</summary>
/// <remarks>
/// Neither direction waits for the other: a program that echoes what it reads stops reading while nobody takes its output,
/// hence a write to it must never be waited for. Each direction holds what was read and not yet taken, and reads on when
/// all of it is.
/// </remarks>
internal sealed class TerminalRelay : IDisposable
{
    private const byte EndOfTransmission = 4;

    // What a pipe that is ready for writing takes without a wait: pipe(7), PIPE_BUF. The caller's streams are shared with
    // others, so that they can't be made non-blocking.
    private const int SurelyTaken = 4096;

    // The kernel does not tell of a terminal's new mode. A program that takes one up shows a prompt with it or soon after.
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(4);

    private readonly FileDescriptor _master;
    private readonly FileDescriptor _input = new(0, "standard input", owned: false);
    private readonly FileDescriptor _output = new(1, "standard output", owned: false);
    private readonly Held _typed = new(SurelyTaken);
    private readonly Held _shown = new(8 * SurelyTaken);
    private readonly byte[]? _savedSettings;
    private bool _inputEnded;
    private bool _endIsTyped;
    private TimeSpan _pause = s_firstPause;

    /// <summary>Takes the caller's terminal, if stdin is one, into raw mode.</summary>
    /// <param name="master">The master end of the container's terminal; closed with this object.</param>
    public TerminalRelay(FileDescriptor master)
    {
        _master = master;
        master.SetNonBlocking();
        _savedSettings = Terminal.TrySave(_input);
        if (_savedSettings is not null)
        {
            Terminal.MakeRaw(_input, _savedSettings);
        }

        Resize();
    }

    /// <summary>What there is to wait for before <see cref="TakeTyped"/>: something to read.</summary>
    public FileDescriptor? Input => _inputEnded || _master.IsClosed || !_typed.IsEmpty ? null : _input;

    /// <summary>What there is to wait for before <see cref="Type"/>: room in the container's terminal.</summary>
    public FileDescriptor? MasterForWriting => _master.IsClosed || _typed.IsEmpty ? null : _master;

    /// <summary>What there is to wait for before <see cref="TakeShown"/>: something to read.</summary>
    public FileDescriptor? Master => _master.IsClosed || !_shown.IsEmpty ? null : _master;

    /// <summary>What there is to wait for before <see cref="Show"/>: room in the caller's output.</summary>
    public FileDescriptor? Output => _shown.IsEmpty ? null : _output;

    /// <summary>Gives the container's terminal the size of the caller's.</summary>
    public void Resize()
    {
        if (!_master.IsClosed)
        {
            Terminal.CopySize(_input, _master);
        }
    }

    /// <summary>Reads from the caller.</summary>
    public void TakeTyped()
    {
        if (_typed.Fill(_input))
        {
            return;
        }

        // A terminal tells of the end by a character: the first ends a line that was begun, the second is the end:
        // termios(3), VEOF.
        _inputEnded = true;
        _typed.Hold([EndOfTransmission, EndOfTransmission]);
    }

    /// <summary>When <see cref="RepeatEnd"/> is to be called at the latest: ever later, and not at all once nothing was shown for seconds.</summary>
    public TimeSpan UntilEndIsRepeated => _inputEnded && !_master.IsClosed && _pause <= s_longestPause ? _pause : Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Once the input has ended, types the end of the input to a program that has begun to read its keys one by one, as shells with an editor of lines do:
    /// what was typed before is an end to one who reads lines alone.
    /// </summary>
    public void RepeatEnd()
    {
        if (!_inputEnded)
        {
            return;
        }

        _pause = _pause > s_longestPause ? _pause : _pause * 2;
        bool lines = _master.IsClosed || Terminal.IsLineByLine(_master);
        if (!lines && !_endIsTyped && _typed.IsEmpty)
        {
            _typed.Hold([EndOfTransmission]);
        }

        _endIsTyped = !lines;
    }

    /// <summary>Writes to the container's terminal.</summary>
    public void Type()
    {
        if (_master.IsClosed || !_typed.TryDrain(_master))
        {
            // All who had the terminal have closed it. What it showed last is still to be read.
            _typed.Drop();
            _inputEnded = true;
        }
    }

    /// <summary>Reads from the container's terminal.</summary>
    public void TakeShown()
    {
        _pause = s_firstPause;
        if (!_shown.Fill(_master))
        {
            _master.Dispose();
        }
    }

    /// <summary>Writes to the caller.</summary>
    public void Show()
    {
        if (!_shown.TryDrain(_output, SurelyTaken))
        {
            // Nobody sees it any more: a hangup, as when the window of a terminal is closed.
            _shown.Drop();
            _master.Dispose();
        }
    }

    /// <summary>Passes on what the terminal showed last, after the end of its process.</summary>
    public void ShowRest()
    {
        do
        {
            while (!_shown.IsEmpty)
            {
                Show();
            }

            if (!_master.IsClosed)
            {
                TakeShown();
            }
        }
        while (!_shown.IsEmpty);
    }

    /// <summary>Gives the caller's terminal its settings back.</summary>
    public void Dispose()
    {
        if (_savedSettings is not null)
        {
            RestoreSettings(_savedSettings);
        }

        _master.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    private void RestoreSettings(byte[] settings)
    {
        try
        {
            Terminal.Restore(_input, settings);
        }
        catch (LinuxException error) when (error.Error is Errno.EIO)
        {
            // The terminal was closed, and its settings went with it; what counts is how the process ended.
        }
    }

    /// <summary>Bytes that were read on one side and not yet taken by the other.</summary>
    private sealed class Held(int size)
    {
        private readonly byte[] _bytes = new byte[size];
        private int _start;
        private int _end;

        public bool IsEmpty => _start == _end;

        /// <summary>Reads once; false at the end. Only when empty.</summary>
        public bool Fill(FileDescriptor from)
        {
            try
            {
                (_start, _end) = (0, from.Read(_bytes));
                return _end > 0;
            }
            catch (LinuxException error) when (error.Error is Errno.EAGAIN or Errno.EIO)
            {
                // EIO: the other end of a terminal is closed by all who had it: pty(7).
                return error.Error is Errno.EAGAIN;
            }
        }

        /// <summary>Holds these. Only when empty.</summary>
        public void Hold(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_bytes);
            (_start, _end) = (0, bytes.Length);
        }

        /// <summary>Writes once, as much as is taken; false when nobody takes it any more.</summary>
        public bool TryDrain(FileDescriptor to, int atMost = int.MaxValue)
        {
            try
            {
                _start += to.WriteSome(_bytes.AsSpan(_start, Math.Min(atMost, _end - _start)));
                return true;
            }
            catch (LinuxException error) when (error.Error is Errno.EAGAIN or Errno.EIO or Errno.EPIPE)
            {
                return error.Error is Errno.EAGAIN;
            }
        }

        public void Drop() => _start = _end;
    }
}
