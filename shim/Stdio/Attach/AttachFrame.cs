using System.Buffers.Binary;

namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>The kinds of frame of the attach protocol, numbered as on the wire: docs/attach.md.</summary>
internal enum AttachFrameKind : byte
{
    /// <summary>From the client: bytes for the process's input.</summary>
    Stdin = 0,

    /// <summary>From the server: bytes of the process's standard output, or of its terminal.</summary>
    Stdout = 1,

    /// <summary>From the server: bytes of the process's standard error.</summary>
    Stderr = 2,

    /// <summary>From the client, first: what it wants.</summary>
    Hello = 16,

    /// <summary>From the client: the input ends here.</summary>
    StdinEnd = 17,

    /// <summary>From the server, first: it gets that.</summary>
    Accepted = 32,

    /// <summary>From the server, first and last: it does not, and why.</summary>
    Refused = 33,

    /// <summary>From the server: one of the outputs has ended.</summary>
    StreamEnd = 34,

    /// <summary>From the server, last: all output has ended.</summary>
    End = 35,

    /// <summary>From the server, last: why it goes on no longer.</summary>
    CutOff = 36,
}

/// <summary>The header of a frame: its kind, three zeros, and the length of what follows, the most significant byte first.</summary>
/// <param name="Kind">What follows, as the byte on the wire says.</param>
/// <param name="Length">How many bytes follow.</param>
/// <remarks>That of Docker's multiplexed streams, so that output can be passed on to Docker's clients as it is.</remarks>
internal readonly record struct AttachFrame(AttachFrameKind Kind, uint Length)
{
    /// <summary>How long a header is.</summary>
    public const int HeaderLength = 8;

    /// <summary>How much may follow one.</summary>
    public const int MostBytes = 64 << 10;

    /// <summary>Reads a header.</summary>
    /// <returns>Null when it is none, or announces more than may follow.</returns>
    public static AttachFrame? Read(ReadOnlySpan<byte> header)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        return (header[1] | header[2] | header[3]) == 0 && length <= MostBytes ? new AttachFrame((AttachFrameKind)header[0], length) : null;
    }

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> header)
    {
        header[..4].Clear();
        header[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], Length);
    }
}
