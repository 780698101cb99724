using System.Numerics;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>The line of a stream that has not ended yet.</summary>
internal sealed class PartialLine
{
    private const int SmallLength = 1024;

    private readonly byte[] _time = new byte[LogTime.Longest];
    private byte[] _bytes = [];
    private int _timeLength;

    /// <summary>How much of the line is here.</summary>
    public int Length { get; private set; }

    /// <summary>What of the line is here.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>The time that the line's first part has in the log; empty as long as nothing of the line is there.</summary>
    public ReadOnlySpan<byte> Time => _time.AsSpan(0, _timeLength);

    /// <summary>Takes more of the line.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(SmallLength, (int)BitOperations.RoundUpToPowerOf2((uint)(Length + bytes.Length))));
        }

        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Takes off what went into the log.</summary>
    public void Remove(int length)
    {
        _bytes.AsSpan(length..Length).CopyTo(_bytes);
        Length -= length;
        if (Length == 0 && _bytes.Length > SmallLength)
        {
            _bytes = [];
        }
    }

    /// <summary>A first part of the line went into the log.</summary>
    public void BeginAt(ReadOnlySpan<byte> time)
    {
        time.CopyTo(_time);
        _timeLength = time.Length;
    }

    /// <summary>The line's end went into the log.</summary>
    public void End() => _timeLength = 0;
}
