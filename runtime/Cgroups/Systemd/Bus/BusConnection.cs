using System.Diagnostics;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;

namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>A connection to a message bus, or to systemd directly: one call at a time, without a thread.</summary>
/// <remarks>
/// D-Bus Specification, "Authentication Protocol": EXTERNAL without an identity is the one that the kernel knows of the
/// socket's other end, whatever user namespace it is in. No call may follow before the answer: systemd does not look at
/// what it has read together with BEGIN until more comes. After that nothing waits for an answer that it does not need.
/// </remarks>
internal sealed class BusConnection : IDisposable
{
    /// <summary>How long an answer may take; as long as runc waits.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const int LongestLine = 1024;

    private readonly UnixSocket _socket;
    private readonly List<BusMessage> _signals = [];
    private byte[] _buffer = new byte[4096];
    private int _filled;
    private uint _lastNumber;

    private BusConnection(UnixSocket socket, bool isManagers)
    {
        _socket = socket;
        IsManagers = isManagers;
        _socket.Write("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8);
        for (long start = Stopwatch.GetTimestamp(); !ReadAuthentication(start);)
        {
        }

        if (!isManagers)
        {
            Send("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", []);
        }
    }

    /// <summary>Whether systemd itself is at the other end.</summary>
    internal bool IsManagers { get; }

    /// <summary>Connects to the first bus that is there.</summary>
    /// <exception cref="BusException">There is none; the message has each place that was tried.</exception>
    internal static BusConnection Connect(IReadOnlyList<BusAddress> addresses)
    {
        string tried = "";
        foreach (BusAddress address in addresses)
        {
            UnixSocket? socket = null;
            try
            {
                socket = UnixSocket.Connect(address.Path);
                return new BusConnection(socket, address.IsManagers);
            }
            catch (Exception error) when (error is LinuxException or BusException)
            {
                socket?.Dispose();
                tried += (tried.Length == 0 ? "" : "; ") + error.Message.Replace('\0', '@');
            }
        }

        throw new BusException(tried);
    }

    /// <summary>Sends a call and does not wait for its answer.</summary>
    /// <returns>The call's number.</returns>
    internal uint Send(string destination, string path, string type, string member, ReadOnlySpan<BusValue> arguments)
    {
        BusWriter call = BusMessage.Call(++_lastNumber, destination, path, type, member, arguments);
        _socket.Write(call.Bytes);
        return _lastNumber;
    }

    /// <summary>Waits for the answer to a call. Signals that come before it are kept.</summary>
    /// <exception cref="BusException">The answer is an error, or there is none in time.</exception>
    internal BusMessage WaitForAnswer(uint number)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            BusMessage message = Receive(start);
            if (message.Kind == BusMessageKind.Signal)
            {
                _signals.Add(message);
            }
            else if (message.Kind == BusMessageKind.Error && (message.ReplyTo == number || (message.ReplyTo == 1 && !IsManagers)))
            {
                // The first call is the one that asks a bus for a name, without which it passes nothing on.
                throw new BusException(TextOf(message), message.Error);
            }
            else if (message.ReplyTo == number)
            {
                return message;
            }
        }
    }

    /// <summary>Waits for a signal, or takes one that came before.</summary>
    /// <exception cref="BusException">It did not come in time.</exception>
    internal BusMessage WaitForSignal(string member, Func<BusMessage, bool> isIt)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; ; i++)
        {
            if (i == _signals.Count)
            {
                _signals.Add(Receive(start));
            }

            if (_signals[i].Kind == BusMessageKind.Signal && _signals[i].Member == member && isIt(_signals[i]))
            {
                BusMessage found = _signals[i];
                _signals.Clear();
                return found;
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _socket.Dispose();

    private static string TextOf(BusMessage error)
    {
        if (!error.Signature.StartsWith('s'))
        {
            return error.Error;
        }

        BusReader body = new(error.Body.Span);
        return $"{body.ReadText().TrimEnd('.')} ({error.Error})";
    }

    private BusMessage Receive(long start)
    {
        // systemd before 246 says OK twice. A message begins with the letter of its byte order.
        Fill(1, start);
        while (_buffer[0] is (byte)'O')
        {
            ReadAuthentication(start);
            Fill(1, start);
        }

        Fill(BusMessage.FixedLength, start);
        int length = BusMessage.LengthOf(_buffer.AsSpan(0, BusMessage.FixedLength));
        Fill(length, start);
        return BusMessage.Parse(Take(length));
    }

    /// <summary>Reads a line of the authentication.</summary>
    /// <returns>Whether it is the one that accepts.</returns>
    private bool ReadAuthentication(long start)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf((byte)'\n')) < 0)
        {
            if (_filled > LongestLine)
            {
                throw new BusException("the bus does not authenticate as the specification of D-Bus has it");
            }

            Fill(_filled + 1, start);
        }

        ReadOnlySpan<byte> line = Take(end + 1);
        return line.StartsWith("OK"u8) || (line.StartsWith("DATA"u8) ? false
            : throw new BusException($"{_socket.Path.Replace('\0', '@')} does not accept this user"));
    }

    private byte[] Take(int length)
    {
        byte[] taken = _buffer[..length];
        _buffer.AsSpan(length, _filled - length).CopyTo(_buffer);
        _filled -= length;
        return taken;
    }

    private void Fill(int length, long start)
    {
        if (length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(length, _buffer.Length * 2));
        }

        while (_filled < length)
        {
            TimeSpan left = Limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                throw new BusException($"no answer for {Limit.TotalSeconds} seconds");
            }

            if (Polling.WaitForInput(_socket, left))
            {
                int count = _socket.Read(_buffer.AsSpan(_filled));
                _filled += count > 0 ? count : throw new BusException("the bus has closed the connection");
            }
        }
    }
}
