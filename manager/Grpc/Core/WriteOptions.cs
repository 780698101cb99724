namespace Grpc.Core;

/// <summary>How messages are written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>At once, and compressed if the call is.</summary>
    None = 0,

    /// <summary>It may wait for the next message.</summary>
    BufferHint = 0x1,

    /// <summary>Not compressed, even if the call is.</summary>
    NoCompress = 0x2,
}

/// <summary>How messages are written.</summary>
public sealed class WriteOptions(WriteFlags flags = WriteFlags.None)
{
    /// <summary>At once, and compressed if the call is.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>The flags.</summary>
    public WriteFlags Flags { get; } = flags;
}
