using System.Buffers;

namespace Grpc.Core;

/// <summary>One message as bytes, valid only while it is being read.</summary>
public abstract class DeserializationContext
{
    /// <summary>Its length in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>A copy of its bytes.</summary>
    public abstract byte[] PayloadAsNewBuffer();

    /// <summary>Its bytes where they lie.</summary>
    public abstract ReadOnlySequence<byte> PayloadAsReadOnlySequence();
}
