namespace Bulkhead.Specs.Image;

/// <summary>The annotations that the specification defines.</summary>
/// <remarks>image-spec 1.1, annotations.md, "Pre-Defined Annotation Keys".</remarks>
public static class AnnotationKeys
{
    /// <summary>When the image was made, RFC 3339.</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>Who answers for it, in a form of their own.</summary>
    public const string Authors = "org.opencontainers.image.authors";

    /// <summary>Where to find out more.</summary>
    public const string Url = "org.opencontainers.image.url";

    /// <summary>Where its documentation is.</summary>
    public const string Documentation = "org.opencontainers.image.documentation";

    /// <summary>Where its source code is.</summary>
    public const string Source = "org.opencontainers.image.source";

    /// <summary>The version of what is packaged.</summary>
    public const string Version = "org.opencontainers.image.version";

    /// <summary>The revision of the source code.</summary>
    public const string Revision = "org.opencontainers.image.revision";

    /// <summary>The organisation that distributes it.</summary>
    public const string Vendor = "org.opencontainers.image.vendor";

    /// <summary>Its licences, an SPDX expression.</summary>
    public const string Licenses = "org.opencontainers.image.licenses";

    /// <summary>The name of a reference to it, in an image layout.</summary>
    public const string ReferenceName = "org.opencontainers.image.ref.name";

    /// <summary>Its title.</summary>
    public const string Title = "org.opencontainers.image.title";

    /// <summary>What it is.</summary>
    public const string Description = "org.opencontainers.image.description";

    /// <summary>The digest of the image it is based on.</summary>
    public const string BaseDigest = "org.opencontainers.image.base.digest";

    /// <summary>The reference of the image it is based on.</summary>
    public const string BaseName = "org.opencontainers.image.base.name";
}
