using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>A fifo that a container's output comes out of, and a thread that reads it from the first moment on.</summary>
public sealed unsafe class FifoReader : IDisposable
{
    private const int MostKept = 1 << 20;

    private readonly SafeFileHandle _fifo;
    private readonly Thread _thread;
    private readonly StringBuilder _text = new(); // guarded by itself
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private volatile bool _leaves;
    private volatile bool _hasEnded;
    private long _count;

    /// <summary>Makes the fifo if there is none, and begins to read.</summary>
    public FifoReader(string path)
    {
        Path = path;
        Make(path);
        int descriptor = Native.Open(path, Native.OpenNonBlocking);
        _fifo = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Native.LastError(path);
        _thread = new Thread(Read);
        _thread.Start();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>How many bytes have come.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>What has come, the first mebibyte of it.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Whether the other side has closed it.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Makes a fifo unless there is one.</summary>
    public static string Make(string path)
    {
        if (!File.Exists(path) && Native.MakeFifo(path, 0x180) != 0)
        {
            throw Native.LastError(path);
        }

        return path;
    }

    /// <summary>Waits for a text.</summary>
    public void WaitFor(string text) => Wait.Until(() => Text.Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(30), $"\"{text}\" in {Path}, which has \"{Text}\"");

    /// <summary>Waits for the end.</summary>
    /// <returns>The text.</returns>
    public string WaitForEnd(TimeSpan? limit = null)
    {
        Wait.Until(() => HasEnded, limit ?? TimeSpan.FromSeconds(30), $"the end of {Path}");
        return Text;
    }

    /// <summary>The SHA-256 of all that has come, after the end.</summary>
    public string Hash()
    {
        _thread.Join();
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Goes away, as a client that is killed does.</summary>
    public void Dispose()
    {
        _leaves = true;
        _thread.Join();
        _fifo.Dispose();
        _hash.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[1 << 16];
        while (!_leaves)
        {
            // A hang-up is told of only after somebody has had the other end.
            var poll = new Native.PollDescriptor { Descriptor = (int)_fifo.DangerousGetHandle(), Events = Native.PollIn };
            if (Native.Poll(&poll, 1, 50) <= 0)
            {
                continue;
            }

            nint count;
            fixed (byte* start = buffer)
            {
                count = Native.Read(_fifo, start, (nuint)buffer.Length);
            }

            if (count > 0)
            {
                Keep(buffer.AsSpan(0, (int)count));
            }
            else if (count == 0)
            {
                _hasEnded = true;
                return;
            }
            else if (Marshal.GetLastPInvokeError() is not (4 or 11))
            {
                throw Native.LastError(Path);
            }
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        lock (_text)
        {
            if (_text.Length < MostKept)
            {
                _text.Append(Encoding.UTF8.GetString(bytes));
            }
        }

        Interlocked.Add(ref _count, bytes.Length);
    }
}
