namespace Bulkhead.Ttrpc;

/// <summary>How a call ended, numbered as gRPC numbers it.</summary>
/// <remarks>gRPC, doc/statuscodes.md.</remarks>
public enum TtrpcCode
{
    /// <summary>It did what it was to do.</summary>
    Ok = 0,

    /// <summary>The caller has given it up.</summary>
    Cancelled = 1,

    /// <summary>It failed, and nothing more is known of the kind.</summary>
    Unknown = 2,

    /// <summary>What was asked for makes no sense in any state.</summary>
    InvalidArgument = 3,

    /// <summary>The time was over before it ended; it may have been done nevertheless.</summary>
    DeadlineExceeded = 4,

    /// <summary>What it is about is not there.</summary>
    NotFound = 5,

    /// <summary>What was to be made is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit is reached, such as the length of a message.</summary>
    ResourceExhausted = 8,

    /// <summary>What it is about is not in a state for this.</summary>
    FailedPrecondition = 9,

    /// <summary>Another call came in between; the whole can be tried again.</summary>
    Aborted = 10,

    /// <summary>Beyond the end of what there is.</summary>
    OutOfRange = 11,

    /// <summary>There is no such service or method, or it is not supported.</summary>
    Unimplemented = 12,

    /// <summary>One of the two does not keep to the protocol.</summary>
    Internal = 13,

    /// <summary>There is no connection any more; it can be tried again on another one.</summary>
    Unavailable = 14,

    /// <summary>Data are lost.</summary>
    DataLoss = 15,

    /// <summary>Who the caller is has not been shown.</summary>
    Unauthenticated = 16,
}
