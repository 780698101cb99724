using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The execution domain of a process.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Personality"; personality(2).</remarks>
public sealed record LinuxPersonality : IJsonObject<LinuxPersonality>
{
    /// <summary>The domain.</summary>
    public required LinuxPersonalityDomain Domain { get; init; }

    /// <summary>Further flags; none are defined.</summary>
    public string[]? Flags { get; init; }

    static LinuxPersonality IJsonObject<LinuxPersonality>.Read(ref JsonObjectReader reader)
    {
        LinuxPersonalityDomain? domain = null;
        string[]? flags = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("domain"u8)) { domain = reader.ReadEnum<LinuxPersonalityDomain, LinuxPersonalityDomainSpelling>(); }
            else if (reader.Is("flags"u8)) { flags = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxPersonality
        {
            Domain = domain ?? throw reader.Missing("domain"),
            Flags = flags,
        };
    }

    void IJsonObject<LinuxPersonality>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<LinuxPersonalityDomain, LinuxPersonalityDomainSpelling>("domain"u8, Domain);
        writer.Write("flags"u8, Flags);
    }
}
