using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A mount of a container.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Mounts".</remarks>
public sealed record Mount : IJsonObject<Mount>
{
    /// <summary>Where it is mounted, a path in the container.</summary>
    public required string Destination { get; init; }

    /// <summary>The file system type; absent, or any, for a bind mount.</summary>
    public string? Type { get; init; }

    /// <summary>The device or directory; a relative path starts at the bundle.</summary>
    public string? Source { get; init; }

    /// <summary>Options in the manner of fstab; "bind" and "rbind" make it a bind mount.</summary>
    public string[]? Options { get; init; }

    /// <summary>
    /// The user id mapping of an id-mapped mount; absent takes that of the user namespace if an option asks for one.
    /// </summary>
    public LinuxIdMapping[]? UidMappings { get; init; }

    /// <summary>The group id mapping of an id-mapped mount, as <see cref="UidMappings"/>.</summary>
    public LinuxIdMapping[]? GidMappings { get; init; }

    static Mount IJsonObject<Mount>.Read(ref JsonObjectReader reader)
    {
        string? destination = null;
        string? type = null;
        string? source = null;
        string[]? options = null;
        LinuxIdMapping[]? uidMappings = null;
        LinuxIdMapping[]? gidMappings = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("destination"u8)) { destination = reader.ReadString(); }
            else if (reader.Is("type"u8)) { type = reader.ReadString(); }
            else if (reader.Is("source"u8)) { source = reader.ReadString(); }
            else if (reader.Is("options"u8)) { options = reader.ReadStrings(); }
            else if (reader.Is("uidMappings"u8)) { uidMappings = reader.ReadArray<LinuxIdMapping>(); }
            else if (reader.Is("gidMappings"u8)) { gidMappings = reader.ReadArray<LinuxIdMapping>(); }
            else { reader.SkipUnknown(); }
        }

        return new Mount
        {
            Destination = destination ?? throw reader.Missing("destination"),
            Type = type,
            Source = source,
            Options = options,
            UidMappings = uidMappings,
            GidMappings = gidMappings,
        };
    }

    void IJsonObject<Mount>.Write(JsonObjectWriter writer)
    {
        writer.Write("destination"u8, Destination);
        writer.Write("type"u8, Type);
        writer.Write("source"u8, Source);
        writer.Write("options"u8, Options);
        writer.WriteArray("uidMappings"u8, UidMappings);
        writer.WriteArray("gidMappings"u8, GidMappings);
    }
}
