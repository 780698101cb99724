using Bulkhead.Cgroups.Systemd.Bus;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>Takes unit properties from a container's annotations: <c>org.systemd.property.TimeoutStopUSec</c>.</summary>
/// <remarks>runc 1.3, docs/systemd.md, "Auxiliary properties".</remarks>
internal static class UnitAnnotations
{
    private const string Prefix = "org.systemd.property.";

    /// <summary>Appends the properties that the annotations name.</summary>
    /// <exception cref="CgroupException">A name or a value can't be understood.</exception>
    internal static void Append(List<UnitProperty> properties, IReadOnlyDictionary<string, string>? annotations)
    {
        if (annotations is null)
        {
            return;
        }

        foreach ((string key, string text) in annotations)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            string name = key[Prefix.Length..];
            if (!IsName(name))
            {
                throw new CgroupException($"annotations[\"{key}\"]: \"{name}\" is no property of a unit");
            }

            try
            {
                properties.Add(WithMicroseconds(name, VariantText.Parse(text)));
            }
            catch (FormatException error)
            {
                throw new CgroupException($"annotations[\"{key}\"]: {text} {error.Message}", error);
            }
        }
    }

    private static bool IsName(string name)
    {
        foreach (char letter in name)
        {
            if (!char.IsAsciiLetter(letter))
            {
                return false;
            }
        }

        return name.Length >= 3;
    }

    /// <summary>What unit files and manuals call <c>TimeoutStopSec</c> goes over the bus in microseconds.</summary>
    private static UnitProperty WithMicroseconds(string name, BusValue value)
    {
        if (!name.EndsWith("Sec", StringComparison.Ordinal) || !char.IsAsciiLetterLower(name[^4]))
        {
            return new UnitProperty(name, value);
        }

        const double microseconds = 1_000_000;
        ulong converted = value switch
        {
            BusNumber { Type: 'd', Bits: var bits } when BitConverter.UInt64BitsToDouble(bits) is >= 0 and < 1e12 and var seconds => (ulong)(seconds * microseconds),
            BusNumber { Type: not ('b' or 'd'), Bits: <= long.MaxValue / 1_000_000 and var seconds } => seconds * (ulong)microseconds,
            _ => throw new FormatException("is no number of seconds"),
        };
        return new UnitProperty($"{name[..^3]}USec", BusValue.Of(converted));
    }
}
