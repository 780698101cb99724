using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The user and groups of a process, as numbers of the container's user namespace.</summary>
/// <remarks>runtime-spec 1.3, config.md, "POSIX-platform User" and "Windows User".</remarks>
public sealed record User : IJsonObject<User>
{
    /// <summary>The user id. Required by the specification; read as 0 where it is missing, as other runtimes do.</summary>
    public required uint Uid { get; init; }

    /// <summary>The group id. Required by the specification; read as 0 where it is missing, as other runtimes do.</summary>
    public required uint Gid { get; init; }

    /// <summary>The umask; absent inherits it.</summary>
    public uint? Umask { get; init; }

    /// <summary>Supplementary group ids; absent means none.</summary>
    public uint[]? AdditionalGids { get; init; }

    /// <summary>The user's name, for Windows.</summary>
    public string? Username { get; init; }

    static User IJsonObject<User>.Read(ref JsonObjectReader reader)
    {
        uint? uid = null;
        uint? gid = null;
        uint? umask = null;
        uint[]? additionalGids = null;
        string? username = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("uid"u8)) { uid = reader.ReadUInt32(); }
            else if (reader.Is("gid"u8)) { gid = reader.ReadUInt32(); }
            else if (reader.Is("umask"u8)) { umask = reader.ReadUInt32(); }
            else if (reader.Is("additionalGids"u8)) { additionalGids = reader.ReadUInt32s(); }
            else if (reader.Is("username"u8)) { username = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new User
        {
            Uid = uid ?? 0,
            Gid = gid ?? 0,
            Umask = umask,
            AdditionalGids = additionalGids,
            Username = username,
        };
    }

    void IJsonObject<User>.Write(JsonObjectWriter writer)
    {
        writer.Write("uid"u8, Uid);
        writer.Write("gid"u8, Gid);
        writer.Write("umask"u8, Umask);
        writer.Write("additionalGids"u8, AdditionalGids);
        writer.Write("username"u8, Username);
    }
}
