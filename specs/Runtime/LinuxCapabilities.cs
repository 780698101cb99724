using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The capability sets of a process, by name (<c>CAP_CHOWN</c>); an absent set is empty.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", capabilities; capabilities(7).</remarks>
public sealed record LinuxCapabilities : IJsonObject<LinuxCapabilities>
{
    /// <summary>What an execve can gain at most.</summary>
    public string[]? Bounding { get; init; }

    /// <summary>What the kernel checks.</summary>
    public string[]? Effective { get; init; }

    /// <summary>What is kept over the execve of a file that allows it.</summary>
    public string[]? Inheritable { get; init; }

    /// <summary>What the effective set may hold at most.</summary>
    public string[]? Permitted { get; init; }

    /// <summary>What is kept over the execve of an ordinary file.</summary>
    public string[]? Ambient { get; init; }

    static LinuxCapabilities IJsonObject<LinuxCapabilities>.Read(ref JsonObjectReader reader)
    {
        string[]? bounding = null;
        string[]? effective = null;
        string[]? inheritable = null;
        string[]? permitted = null;
        string[]? ambient = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("bounding"u8)) { bounding = reader.ReadStrings(); }
            else if (reader.Is("effective"u8)) { effective = reader.ReadStrings(); }
            else if (reader.Is("inheritable"u8)) { inheritable = reader.ReadStrings(); }
            else if (reader.Is("permitted"u8)) { permitted = reader.ReadStrings(); }
            else if (reader.Is("ambient"u8)) { ambient = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxCapabilities
        {
            Bounding = bounding,
            Effective = effective,
            Inheritable = inheritable,
            Permitted = permitted,
            Ambient = ambient,
        };
    }

    void IJsonObject<LinuxCapabilities>.Write(JsonObjectWriter writer)
    {
        writer.Write("bounding"u8, Bounding);
        writer.Write("effective"u8, Effective);
        writer.Write("inheritable"u8, Inheritable);
        writer.Write("permitted"u8, Permitted);
        writer.Write("ambient"u8, Ambient);
    }
}
