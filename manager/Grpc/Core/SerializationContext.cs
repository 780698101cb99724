using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Takes one message as bytes: either all at once by <see cref="Complete(byte[])"/>, or its length, then the bytes into the writer,
/// then <see cref="Complete()"/>.
/// </summary>
public abstract class SerializationContext
{
    /// <summary>Takes the whole message.</summary>
    public abstract void Complete(byte[] payload);

    /// <summary>Where the message is written to.</summary>
    public abstract IBufferWriter<byte> GetBufferWriter();

    /// <summary>Says how long the message will be, in bytes, before it is written.</summary>
    public abstract void SetPayloadLength(int payloadLength);

    /// <summary>Ends the message.</summary>
    public abstract void Complete();
}
