namespace Grpc.Core;

/// <summary>How a call ended.</summary>
/// <remarks>gRPC, doc/statuscodes.md.</remarks>
public enum StatusCode
{
    /// <summary>It did what was asked.</summary>
    OK = 0,

    /// <summary>The caller gave it up.</summary>
    Cancelled = 1,

    /// <summary>An error that says nothing of its kind.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The time for it ran out; it may have been done all the same.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for is not there.</summary>
    NotFound = 5,

    /// <summary>What was to be made is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>Something is used up: space, a quota, the size of a message.</summary>
    ResourceExhausted = 8,

    /// <summary>The state does not allow it, and to try again alone will not help.</summary>
    FailedPrecondition = 9,

    /// <summary>It came into conflict with another call; to try again from the start may help.</summary>
    Aborted = 10,

    /// <summary>Past the end of what there is.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method.</summary>
    Unimplemented = 12,

    /// <summary>A rule of the server or the protocol is broken.</summary>
    Internal = 13,

    /// <summary>Not now; to try again may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged for good.</summary>
    DataLoss = 15,

    /// <summary>It is not known who is calling.</summary>
    Unauthenticated = 16,
}
