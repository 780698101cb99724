using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>
/// What a runtime can do, as <c>features</c> prints it; an absent part is unknown, not unsupported.
/// </summary>
/// <remarks>runtime-spec 1.3, features.md.</remarks>
public sealed record Features : IJsonObject<Features>
{
    /// <summary>The lowest version of the specification that is recognised.</summary>
    public required string OciVersionMin { get; init; }

    /// <summary>The highest version of the specification that is recognised.</summary>
    public required string OciVersionMax { get; init; }

    /// <summary>The hooks that are recognised.</summary>
    public string[]? Hooks { get; init; }

    /// <summary>The mount options that are recognised, but for those of single file systems.</summary>
    public string[]? MountOptions { get; init; }

    /// <summary>What is particular to Linux.</summary>
    public LinuxFeatures? Linux { get; init; }

    /// <summary>Metadata of the runtime, such as its version.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>
    /// Annotations of a configuration that change the runtime's doing; one that ends with a dot is a prefix.
    /// </summary>
    public string[]? PotentiallyUnsafeConfigAnnotations { get; init; }

    static Features IJsonObject<Features>.Read(ref JsonObjectReader reader)
    {
        string? ociVersionMin = null;
        string? ociVersionMax = null;
        string[]? hooks = null;
        string[]? mountOptions = null;
        LinuxFeatures? linux = null;
        IReadOnlyDictionary<string, string>? annotations = null;
        string[]? potentiallyUnsafeConfigAnnotations = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("ociVersionMin"u8)) { ociVersionMin = reader.ReadString(); }
            else if (reader.Is("ociVersionMax"u8)) { ociVersionMax = reader.ReadString(); }
            else if (reader.Is("hooks"u8)) { hooks = reader.ReadStrings(); }
            else if (reader.Is("mountOptions"u8)) { mountOptions = reader.ReadStrings(); }
            else if (reader.Is("linux"u8)) { linux = reader.Read<LinuxFeatures>(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            else if (reader.Is("potentiallyUnsafeConfigAnnotations"u8)) { potentiallyUnsafeConfigAnnotations = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new Features
        {
            OciVersionMin = ociVersionMin ?? throw reader.Missing("ociVersionMin"),
            OciVersionMax = ociVersionMax ?? throw reader.Missing("ociVersionMax"),
            Hooks = hooks,
            MountOptions = mountOptions,
            Linux = linux,
            Annotations = annotations,
            PotentiallyUnsafeConfigAnnotations = potentiallyUnsafeConfigAnnotations,
        };
    }

    void IJsonObject<Features>.Write(JsonObjectWriter writer)
    {
        writer.Write("ociVersionMin"u8, OciVersionMin);
        writer.Write("ociVersionMax"u8, OciVersionMax);
        writer.Write("hooks"u8, Hooks);
        writer.Write("mountOptions"u8, MountOptions);
        writer.WriteObject("linux"u8, Linux);
        writer.Write("annotations"u8, Annotations);
        writer.Write("potentiallyUnsafeConfigAnnotations"u8, PotentiallyUnsafeConfigAnnotations);
    }
}
