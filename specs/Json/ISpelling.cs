namespace Bulkhead.Specs.Json;

/// <summary>How a specification spells the values of an enumeration, whose members count from 0 without a gap.</summary>
/// <typeparam name="TEnum">The enumeration, of the size of an <see cref="int"/>.</typeparam>
public interface ISpelling<TEnum> where TEnum : struct, Enum
{
    /// <summary>The spelling in UTF-8; empty for what is no member.</summary>
    static abstract ReadOnlySpan<byte> Of(TEnum value);
}
