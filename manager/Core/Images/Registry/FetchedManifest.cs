using Bulkhead.Specs.Image;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>A manifest or an index, verified.</summary>
/// <param name="Descriptor">Its media type, digest and size.</param>
/// <param name="Content">Its bytes.</param>
public sealed record FetchedManifest(Descriptor Descriptor, byte[] Content)
{
    /// <summary>Whether it is a list of manifests.</summary>
    public bool IsIndex => Descriptor.MediaType is MediaTypes.Index or MediaTypes.DockerManifestList;
}
