using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A resource limit of a process.</summary>
/// <remarks>runtime-spec 1.3, config.md, "POSIX process", rlimits; getrlimit(2).</remarks>
public sealed record PosixRlimit : IJsonObject<PosixRlimit>
{
    /// <summary>The resource's name, <c>RLIMIT_NOFILE</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The ceiling of the limit; the largest value is no limit.</summary>
    public required ulong Hard { get; init; }

    /// <summary>The limit that is enforced; the largest value is no limit.</summary>
    public required ulong Soft { get; init; }

    static PosixRlimit IJsonObject<PosixRlimit>.Read(ref JsonObjectReader reader)
    {
        string? type = null;
        ulong? hard = null;
        ulong? soft = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) { type = reader.ReadString(); }
            else if (reader.Is("hard"u8)) { hard = reader.ReadUInt64(); }
            else if (reader.Is("soft"u8)) { soft = reader.ReadUInt64(); }
            else { reader.SkipUnknown(); }
        }

        return new PosixRlimit
        {
            Type = type ?? throw reader.Missing("type"),
            Hard = hard ?? throw reader.Missing("hard"),
            Soft = soft ?? throw reader.Missing("soft"),
        };
    }

    void IJsonObject<PosixRlimit>.Write(JsonObjectWriter writer)
    {
        writer.Write("type"u8, Type);
        writer.Write("hard"u8, Hard);
        writer.Write("soft"u8, Soft);
    }
}
