namespace Bulkhead.Linux.Processes;

/// <summary>A set of capabilities, as the kernel keeps it.</summary>
/// <param name="Mask">Bit n stands for the capability with number n.</param>
public readonly record struct CapabilitySet(ulong Mask)
{
    /// <summary>No capability.</summary>
    public static CapabilitySet None => default;

    /// <summary>Every capability that has a name here.</summary>
    public static CapabilitySet Known => UpTo(Capability.KnownCount - 1);

    /// <summary>The capabilities from 0 to a number.</summary>
    /// <param name="last">The highest number in the set, -1 to 63.</param>
    public static CapabilitySet UpTo(int last) => new(last >= 63 ? ulong.MaxValue : (1UL << (last + 1)) - 1);

    /// <summary>Whether the set holds a capability.</summary>
    public bool Contains(Capability capability) => (Mask >> capability.Number & 1) != 0;

    /// <summary>Whether every capability of another set is in this one.</summary>
    public bool Contains(CapabilitySet other) => (other.Mask & ~Mask) == 0;

    /// <summary>This set and one capability more.</summary>
    public CapabilitySet With(Capability capability) => new(Mask | 1UL << capability.Number);

    /// <summary>What is in both sets.</summary>
    public CapabilitySet And(CapabilitySet other) => new(Mask & other.Mask);

    /// <summary>What is in this set and not in the other.</summary>
    public CapabilitySet Without(CapabilitySet other) => new(Mask & ~other.Mask);

    /// <summary>The names of the capabilities, lowest number first.</summary>
    public string[] Names()
    {
        string[] names = new string[System.Numerics.BitOperations.PopCount(Mask)];
        int count = 0;
        for (ulong rest = Mask; rest != 0; rest &= rest - 1)
        {
            names[count++] = new Capability(System.Numerics.BitOperations.TrailingZeroCount(rest)).ToString();
        }

        return names;
    }

    /// <summary>The names of the capabilities with blanks between them.</summary>
    public override string ToString() => string.Join(' ', Names());
}
