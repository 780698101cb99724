using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>An image of one layer, as an archive in the OCI's layout.</summary>
/// <remarks>image-spec, image-layout.md.</remarks>
internal static class OciArchive
{
    /// <summary>Writes the archive.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="rootfs">What the layer holds.</param>
    /// <param name="name">The image's name, with a tag.</param>
    /// <returns>The archive's path.</returns>
    public static string Create(TemporaryFolder folder, string rootfs, string name)
    {
        string layout = folder.Folder("layout");
        Directory.CreateDirectory(Path.Combine(layout, "blobs/sha256"));
        string layer = folder.File("layer.tar");
        TarFile.CreateFromDirectory(rootfs, layer, includeBaseDirectory: false);

        string diff = Descriptor(layout, "application/vnd.oci.image.layer.v1.tar", File.ReadAllBytes(layer), out string diffId);
        string config = Descriptor(
            layout,
            "application/vnd.oci.image.config.v1+json",
            Encoding.UTF8.GetBytes($$$"""{"architecture": "{{{Architecture()}}}", "os": "linux", "config": {"Env": ["PATH=/bin", "FROM=the image"], "Cmd": ["sleep", "1000"]}, "rootfs": {"type": "layers", "diff_ids": ["{{{diffId}}}"]}}"""),
            out _);
        string manifest = Descriptor(
            layout,
            "application/vnd.oci.image.manifest.v1+json",
            Encoding.UTF8.GetBytes($$"""{"schemaVersion": 2, "config": {{{config}}}, "layers": [{{{diff}}}]}"""),
            out _);
        File.WriteAllText(Path.Combine(layout, "oci-layout"), """{"imageLayoutVersion": "1.0.0"}""");
        File.WriteAllText(Path.Combine(layout, "index.json"), $$$"""{"schemaVersion": 2, "manifests": [{{{{manifest}}}, "annotations": {"io.containerd.image.name": "{{{name}}}"}}]}""");

        string archive = folder.File("image.tar");
        TarFile.CreateFromDirectory(layout, archive, includeBaseDirectory: false);
        return archive;
    }

    // The members of a descriptor, without the braces around them.
    private static string Descriptor(string layout, string mediaType, byte[] content, out string digest)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(layout, "blobs/sha256", hash), content);
        digest = "sha256:" + hash;
        return $"\"mediaType\": \"{mediaType}\", \"digest\": \"{digest}\", \"size\": {content.Length}";
    }

    private static string Architecture() =>
        System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
