using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A device node in the container.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Devices".</remarks>
public sealed record LinuxDevice : IJsonObject<LinuxDevice>
{
    /// <summary>Where, an absolute path in the container.</summary>
    public required string Path { get; init; }

    /// <summary><c>c</c> or <c>u</c> (character), <c>b</c> (block) or <c>p</c> (FIFO).</summary>
    public required string Type { get; init; }

    /// <summary>The major number; required but for a FIFO, which is checked by the runtime.</summary>
    public long? Major { get; init; }

    /// <summary>The minor number, as <see cref="Major"/>.</summary>
    public long? Minor { get; init; }

    /// <summary>The permission bits, a decimal number in the document; absent leaves them to the runtime.</summary>
    public uint? FileMode { get; init; }

    /// <summary>The owner, an id of the container; absent means 0.</summary>
    public uint? Uid { get; init; }

    /// <summary>The group, an id of the container; absent means 0.</summary>
    public uint? Gid { get; init; }

    static LinuxDevice IJsonObject<LinuxDevice>.Read(ref JsonObjectReader reader)
    {
        string? path = null;
        string? type = null;
        long? major = null;
        long? minor = null;
        uint? fileMode = null;
        uint? uid = null;
        uint? gid = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("path"u8)) { path = reader.ReadString(); }
            else if (reader.Is("type"u8)) { type = reader.ReadString(); }
            else if (reader.Is("major"u8)) { major = reader.ReadInt64(); }
            else if (reader.Is("minor"u8)) { minor = reader.ReadInt64(); }
            else if (reader.Is("fileMode"u8)) { fileMode = reader.ReadUInt32(); }
            else if (reader.Is("uid"u8)) { uid = reader.ReadUInt32(); }
            else if (reader.Is("gid"u8)) { gid = reader.ReadUInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxDevice
        {
            Path = path ?? throw reader.Missing("path"),
            Type = type ?? throw reader.Missing("type"),
            Major = major,
            Minor = minor,
            FileMode = fileMode,
            Uid = uid,
            Gid = gid,
        };
    }

    void IJsonObject<LinuxDevice>.Write(JsonObjectWriter writer)
    {
        writer.Write("path"u8, Path);
        writer.Write("type"u8, Type);
        writer.Write("major"u8, Major);
        writer.Write("minor"u8, Minor);
        writer.Write("fileMode"u8, FileMode);
        writer.Write("uid"u8, Uid);
        writer.Write("gid"u8, Gid);
    }
}
