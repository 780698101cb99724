using System.Text;
using Bulkhead.Specs.Runtime;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses what can't be a group of resctrl, or shares of one.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "IntelRdt".</remarks>
internal static class IntelRdtCheck
{
    private const int LongestName = 255;

    // kernfs cuts what is written at once off there.
    private const int MostSchemataBytes = 4094;

    /// <summary>Checks the properties.</summary>
    /// <exception cref="Containers.ContainerException">Something is wrong.</exception>
    public static void Check(LinuxIntelRdt? rdt)
    {
        if (rdt is null)
        {
            return;
        }

        Refuse(rdt.ClosId is { Length: > 0 } and not "/" && !IsName(rdt.ClosId), $"linux.intelRdt.closID: \"{rdt.ClosId}\" is no name of a group");
        CheckText(rdt.L3CacheSchema, "l3CacheSchema");
        CheckText(rdt.MemBwSchema, "memBwSchema");
        bool isBandwidth = rdt.MemBwSchema is null or "" || (rdt.MemBwSchema.StartsWith("MB:", StringComparison.Ordinal) && !rdt.MemBwSchema.Contains('\n'));
        Refuse(!isBandwidth, $"linux.intelRdt.memBwSchema: \"{rdt.MemBwSchema}\" is not one line that starts with MB:");
        int bytes = 0;
        foreach (string line in rdt.Schemata ?? [])
        {
            CheckText(line, "schemata");
            Refuse(line.Length == 0 || line.Contains('\n'), $"linux.intelRdt.schemata: \"{line}\" is not one line");
            bytes += Encoding.UTF8.GetByteCount(line) + 1;
            Refuse(bytes > MostSchemataBytes, $"linux.intelRdt.schemata: longer than {MostSchemataBytes} bytes");
        }
    }

    private static void CheckText(string? text, string property)
    {
        if (text is not null)
        {
            Refuse(text.Contains('\0'), $"linux.intelRdt.{property}: a text holds a zero character");
            Refuse(text.Length > MostSchemataBytes || Encoding.UTF8.GetByteCount(text) > MostSchemataBytes, $"linux.intelRdt.{property}: longer than {MostSchemataBytes} bytes");
        }
    }

    /// <summary>What the kernel has itself in the root, and what leads elsewhere, is no group.</summary>
    private static bool IsName(string name)
    {
        foreach (char character in name)
        {
            if (character == '/' || char.IsControl(character))
            {
                return false;
            }
        }

        return name is not ("." or ".." or "info" or "mon_groups" or "mon_data") && Encoding.UTF8.GetByteCount(name) <= LongestName;
    }
}
