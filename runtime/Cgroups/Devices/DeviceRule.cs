using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.Devices;

/// <summary>What may be done with a device.</summary>
[Flags]
internal enum DeviceAccess
{
    None = 0,
    Mknod = 1,
    Read = 2,
    Write = 4,
    All = Mknod | Read | Write,
}

/// <summary>Which devices a rule is about; the values are those of bpf(2)'s device programs.</summary>
internal enum DeviceKind
{
    All = 0,
    Block = 1,
    Character = 2,
}

/// <summary>The devices that a rule is about.</summary>
/// <param name="Kind">Block, character, or with <see cref="DeviceKind.All"/> every device, whatever its number.</param>
/// <param name="Major">The major number; null is any.</param>
/// <param name="Minor">The minor number; null is any.</param>
internal readonly record struct DeviceSet(DeviceKind Kind, uint? Major, uint? Minor)
{
    /// <summary>Every device.</summary>
    internal static DeviceSet Everything => new(DeviceKind.All, null, null);

    /// <summary>Whether every device of another set is in this one.</summary>
    internal bool Contains(DeviceSet other) =>
        Kind == DeviceKind.All
        || (Kind == other.Kind && (Major is null || Major == other.Major) && (Minor is null || Minor == other.Minor));

    /// <summary>Whether any device is in both sets.</summary>
    internal bool Overlaps(DeviceSet other) =>
        Kind == DeviceKind.All || other.Kind == DeviceKind.All
        || (Kind == other.Kind
            && (Major is null || other.Major is null || Major == other.Major)
            && (Minor is null || other.Minor is null || Minor == other.Minor));

    /// <summary>As the control files write it: <c>c 1:3</c>, <c>b 8:*</c>, <c>a *:*</c>.</summary>
    public override string ToString()
    {
        string kind = Kind switch { DeviceKind.Block => "b ", DeviceKind.Character => "c ", _ => "a " };
        return string.Concat(kind, Number(Major), ":", Number(Minor));
    }

    private static string Number(uint? number) => number is { } value ? value.ToString(CultureInfo.InvariantCulture) : "*";
}

/// <summary>A rule of a container's device list; of those that are about a device and an access, the last one decides.</summary>
internal readonly record struct DeviceRule(bool Allow, DeviceSet Devices, DeviceAccess Access)
{
    /// <summary>Takes a rule of the document.</summary>
    /// <exception cref="CgroupException">A type, number or access that there is not.</exception>
    internal static DeviceRule From(LinuxDeviceCgroup rule, int index)
    {
        string property = $"linux.resources.devices[{index}]";
        DeviceAccess access = ReadAccess(rule.Access, property);

        // "a" and an absent type stand for every device and every access, as in the kernel's own lists.
        return rule.Type switch
        {
            null or "" or "a" => new DeviceRule(rule.Allow, DeviceSet.Everything, DeviceAccess.All),
            "b" => new DeviceRule(rule.Allow, Numbered(DeviceKind.Block, rule, property), access),
            "c" or "u" => new DeviceRule(rule.Allow, Numbered(DeviceKind.Character, rule, property), access),
            _ => throw new CgroupException($"{property}.type: \"{rule.Type}\" is none of a, b and c"),
        };
    }

    /// <summary>An access as the control files write it: some of <c>rwm</c>.</summary>
    internal static string Letters(DeviceAccess access) => access switch
    {
        DeviceAccess.All => "rwm",
        DeviceAccess.Read | DeviceAccess.Write => "rw",
        DeviceAccess.Read | DeviceAccess.Mknod => "rm",
        DeviceAccess.Write | DeviceAccess.Mknod => "wm",
        DeviceAccess.Read => "r",
        DeviceAccess.Write => "w",
        DeviceAccess.Mknod => "m",
        _ => "",
    };

    /// <summary>Reads letters of <c>rwm</c>, each of which may come more than once.</summary>
    /// <returns>Null when there is another one, or none.</returns>
    internal static DeviceAccess? ReadLetters(ReadOnlySpan<char> letters)
    {
        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            switch (letter)
            {
                case 'r': access |= DeviceAccess.Read; break;
                case 'w': access |= DeviceAccess.Write; break;
                case 'm': access |= DeviceAccess.Mknod; break;
                default: return null;
            }
        }

        return access == DeviceAccess.None ? null : access;
    }

    private static DeviceAccess ReadAccess(string? text, string property) =>
        string.IsNullOrEmpty(text) ? throw new CgroupException($"{property}.access: is missing")
            : ReadLetters(text) ?? throw new CgroupException($"{property}.access: \"{text}\" is not made of r, w and m");

    private static DeviceSet Numbered(DeviceKind kind, LinuxDeviceCgroup rule, string property) =>
        new(kind, ReadNumber(rule.Major, property, "major"), ReadNumber(rule.Minor, property, "minor"));

    // Engines write -1 for "any".
    private static uint? ReadNumber(long? number, string property, string name) => number switch
    {
        null or -1 => null,
        >= 0 and <= uint.MaxValue => (uint)number,
        _ => throw new CgroupException($"{property}.{name}: {number} is no device number"),
    };
}
