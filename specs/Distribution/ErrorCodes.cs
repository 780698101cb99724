namespace Bulkhead.Specs.Distribution;

/// <summary>The codes of a registry's errors.</summary>
/// <remarks>distribution-spec 1.1, spec.md, "Error Codes".</remarks>
public static class ErrorCodes
{
    /// <summary>The registry has no such blob.</summary>
    public const string BlobUnknown = "BLOB_UNKNOWN";

    /// <summary>The upload of a blob is invalid.</summary>
    public const string BlobUploadInvalid = "BLOB_UPLOAD_INVALID";

    /// <summary>The registry knows no such upload.</summary>
    public const string BlobUploadUnknown = "BLOB_UPLOAD_UNKNOWN";

    /// <summary>The digest is not that of the content.</summary>
    public const string DigestInvalid = "DIGEST_INVALID";

    /// <summary>A manifest names a blob that the registry does not have.</summary>
    public const string ManifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN";

    /// <summary>The manifest is invalid.</summary>
    public const string ManifestInvalid = "MANIFEST_INVALID";

    /// <summary>The registry has no such manifest.</summary>
    public const string ManifestUnknown = "MANIFEST_UNKNOWN";

    /// <summary>The repository's name is invalid.</summary>
    public const string NameInvalid = "NAME_INVALID";

    /// <summary>The registry has no such repository.</summary>
    public const string NameUnknown = "NAME_UNKNOWN";

    /// <summary>The length is not that of the content.</summary>
    public const string SizeInvalid = "SIZE_INVALID";

    /// <summary>Authentication is required.</summary>
    public const string Unauthorized = "UNAUTHORIZED";

    /// <summary>Access is denied.</summary>
    public const string Denied = "DENIED";

    /// <summary>The operation is not supported.</summary>
    public const string Unsupported = "UNSUPPORTED";

    /// <summary>Too many requests.</summary>
    public const string TooManyRequests = "TOOMANYREQUESTS";
}
