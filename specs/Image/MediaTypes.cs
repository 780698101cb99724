namespace Bulkhead.Specs.Image;

/// <summary>The media types of images.</summary>
/// <remarks>image-spec 1.1, media-types.md; distribution, docs/spec/manifest-v2-2.md, for Docker's.</remarks>
public static class MediaTypes
{
    /// <summary>A descriptor.</summary>
    public const string Descriptor = "application/vnd.oci.descriptor.v1+json";

    /// <summary>The file <c>oci-layout</c>.</summary>
    public const string LayoutHeader = "application/vnd.oci.layout.header.v1+json";

    /// <summary>An image index.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>An image manifest.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An image's configuration.</summary>
    public const string Config = "application/vnd.oci.image.config.v1+json";

    /// <summary>The empty JSON object, where a descriptor is required and there is nothing to describe.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>A layer as a tar archive.</summary>
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>A layer as a tar archive, compressed with gzip.</summary>
    public const string LayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>A layer as a tar archive, compressed with zstd.</summary>
    public const string LayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>Deprecated: a layer that may not be passed on, as a tar archive.</summary>
    public const string NondistributableLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar";

    /// <summary>Deprecated: a layer that may not be passed on, compressed with gzip.</summary>
    public const string NondistributableLayerGzip = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";

    /// <summary>Deprecated: a layer that may not be passed on, compressed with zstd.</summary>
    public const string NondistributableLayerZstd = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";

    /// <summary>Docker's index.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's manifest.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker's image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Docker's layer as a tar archive.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>Docker's layer, compressed with gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Docker's layer, compressed with zstd.</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    /// <summary>Docker's layer that may not be passed on, compressed with gzip.</summary>
    public const string DockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
}
