using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A rule of the device controller; rules apply in order.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Allowed Device list".</remarks>
public sealed record LinuxDeviceCgroup : IJsonObject<LinuxDeviceCgroup>
{
    /// <summary>Whether the rule allows or denies.</summary>
    public required bool Allow { get; init; }

    /// <summary><c>a</c> (all), <c>c</c> or <c>b</c>; absent means all.</summary>
    public string? Type { get; init; }

    /// <summary>The major number; absent means all.</summary>
    public long? Major { get; init; }

    /// <summary>The minor number; absent means all.</summary>
    public long? Minor { get; init; }

    /// <summary>Any of <c>r</c> (read), <c>w</c> (write), <c>m</c> (mknod).</summary>
    public string? Access { get; init; }

    static LinuxDeviceCgroup IJsonObject<LinuxDeviceCgroup>.Read(ref JsonObjectReader reader)
    {
        bool? allow = null;
        string? type = null;
        long? major = null;
        long? minor = null;
        string? access = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("allow"u8)) { allow = reader.ReadBoolean(); }
            else if (reader.Is("type"u8)) { type = reader.ReadString(); }
            else if (reader.Is("major"u8)) { major = reader.ReadInt64(); }
            else if (reader.Is("minor"u8)) { minor = reader.ReadInt64(); }
            else if (reader.Is("access"u8)) { access = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxDeviceCgroup
        {
            Allow = allow ?? throw reader.Missing("allow"),
            Type = type,
            Major = major,
            Minor = minor,
            Access = access,
        };
    }

    void IJsonObject<LinuxDeviceCgroup>.Write(JsonObjectWriter writer)
    {
        writer.Write("allow"u8, Allow);
        writer.Write("type"u8, Type);
        writer.Write("major"u8, Major);
        writer.Write("minor"u8, Minor);
        writer.Write("access"u8, Access);
    }
}
