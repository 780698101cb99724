using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Create;

/// <summary>A bundle's document, as it is and as it was understood.</summary>
/// <param name="Config">The bytes of <c>config.json</c>.</param>
/// <param name="Spec">What they say.</param>
/// <remarks>runtime-spec, bundle.md.</remarks>
internal sealed record Bundle(byte[] Config, Spec Spec)
{
    private const string Document = "config.json";

    /// <summary>Whether the container's process has a terminal.</summary>
    public bool HasTerminal => Spec.Process?.Terminal ?? false;

    /// <summary>Reads a bundle's document.</summary>
    /// <param name="path">The bundle's folder.</param>
    /// <exception cref="LinuxException">There is none, or it can't be read; EFBIG above 16 MiB.</exception>
    /// <exception cref="SpecException">It is not valid.</exception>
    public static Bundle Load(string path)
    {
        using FileDescriptor file = FileDescriptor.Open($"{path}/{Document}", FileMode.ReadNonBlocking);
        byte[] config = file.ReadToEnd(SpecJson.MaxDocumentBytes);
        try
        {
            return new Bundle(config, SpecJson.ReadSpec(config));
        }
        catch (SpecException error) when (error.Path.Length == 0)
        {
            // Of the properties everybody knows where they are.
            throw new SpecException("", $"{Document}: {error.Message}");
        }
    }
}
