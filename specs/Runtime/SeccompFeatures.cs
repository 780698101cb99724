using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a runtime knows of seccomp, whatever the host supports.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "Seccomp".</remarks>
public sealed record SeccompFeatures : IJsonObject<SeccompFeatures>
{
    /// <summary>Whether filters are supported.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The actions that are recognised.</summary>
    public string[]? Actions { get; init; }

    /// <summary>The comparisons that are recognised.</summary>
    public string[]? Operators { get; init; }

    /// <summary>The architectures that are recognised.</summary>
    public string[]? Archs { get; init; }

    /// <summary>The flags that are recognised.</summary>
    public string[]? KnownFlags { get; init; }

    /// <summary>The flags that kernel and library support as well.</summary>
    public string[]? SupportedFlags { get; init; }

    static SeccompFeatures IJsonObject<SeccompFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? enabled = null;
        string[]? actions = null;
        string[]? operators = null;
        string[]? archs = null;
        string[]? knownFlags = null;
        string[]? supportedFlags = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("enabled"u8)) { enabled = reader.ReadBoolean(); }
            else if (reader.Is("actions"u8)) { actions = reader.ReadStrings(); }
            else if (reader.Is("operators"u8)) { operators = reader.ReadStrings(); }
            else if (reader.Is("archs"u8)) { archs = reader.ReadStrings(); }
            else if (reader.Is("knownFlags"u8)) { knownFlags = reader.ReadStrings(); }
            else if (reader.Is("supportedFlags"u8)) { supportedFlags = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new SeccompFeatures
        {
            Enabled = enabled,
            Actions = actions,
            Operators = operators,
            Archs = archs,
            KnownFlags = knownFlags,
            SupportedFlags = supportedFlags,
        };
    }

    void IJsonObject<SeccompFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("enabled"u8, Enabled);
        writer.Write("actions"u8, Actions);
        writer.Write("operators"u8, Operators);
        writer.Write("archs"u8, Archs);
        writer.Write("knownFlags"u8, KnownFlags);
        writer.Write("supportedFlags"u8, SupportedFlags);
    }
}
