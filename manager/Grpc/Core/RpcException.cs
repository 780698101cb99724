namespace Grpc.Core;

/// <summary>Ends a call with a status; a service throws it.</summary>
/// <param name="status">The status that the client gets.</param>
/// <param name="trailers">Metadata that the client gets with it.</param>
/// <param name="message">The exception's own message, which the client does not get.</param>
public sealed class RpcException(Status status, Metadata trailers, string message) : Exception(message, status.DebugException)
{
    /// <summary>With a status alone.</summary>
    public RpcException(Status status) : this(status, Metadata.Empty)
    {
    }

    /// <summary>With a status, and a message of its own.</summary>
    public RpcException(Status status, string message) : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>With a status and metadata.</summary>
    public RpcException(Status status, Metadata trailers) : this(status, trailers, status.ToString())
    {
    }

    /// <summary>The status.</summary>
    public Status Status { get; } = status;

    /// <summary>The code of the status.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The metadata that goes with it.</summary>
    public Metadata Trailers { get; } = trailers;
}
