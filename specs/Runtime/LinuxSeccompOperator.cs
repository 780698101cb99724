using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A comparison of an argument with a value.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp", syscalls, args, op.</remarks>
public enum LinuxSeccompOperator
{
    /// <summary>Not equal.</summary>
    NotEqual,

    /// <summary>Less.</summary>
    LessThan,

    /// <summary>Less or equal.</summary>
    LessOrEqual,

    /// <summary>Equal.</summary>
    EqualTo,

    /// <summary>Greater or equal.</summary>
    GreaterOrEqual,

    /// <summary>Greater.</summary>
    GreaterThan,

    /// <summary>Equal after masking.</summary>
    MaskedEqual,
}

/// <summary>How the specification spells each <see cref="LinuxSeccompOperator"/>.</summary>
public readonly struct LinuxSeccompOperatorSpelling : ISpelling<LinuxSeccompOperator>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSeccompOperator value) => value switch
    {
        LinuxSeccompOperator.NotEqual => "SCMP_CMP_NE"u8,
        LinuxSeccompOperator.LessThan => "SCMP_CMP_LT"u8,
        LinuxSeccompOperator.LessOrEqual => "SCMP_CMP_LE"u8,
        LinuxSeccompOperator.EqualTo => "SCMP_CMP_EQ"u8,
        LinuxSeccompOperator.GreaterOrEqual => "SCMP_CMP_GE"u8,
        LinuxSeccompOperator.GreaterThan => "SCMP_CMP_GT"u8,
        LinuxSeccompOperator.MaskedEqual => "SCMP_CMP_MASKED_EQ"u8,
        _ => default,
    };
}
