namespace Bulkhead.Manager.Core.Errors;

/// <summary>What kind of failure an error is; each front end has one table that maps these to its protocol's codes.</summary>
public enum ErrorKind
{
    /// <summary>What was asked for is not there.</summary>
    NotFound,

    /// <summary>What was to be made is there already.</summary>
    AlreadyExists,

    /// <summary>What was asked for makes no sense: a malformed name, an option out of range.</summary>
    Invalid,

    /// <summary>The object is not in a state that allows it.</summary>
    WrongState,

    /// <summary>Something else is using it at the moment.</summary>
    Busy,

    /// <summary>Somebody who is needed does not answer, or not now; it may go better later.</summary>
    Unavailable,

    /// <summary>The caller, or the credentials used for the caller, may not.</summary>
    Denied,

    /// <summary>Content is not what it claims to be: a wrong digest or size, a document that breaks its specification.</summary>
    Corrupt,
}
