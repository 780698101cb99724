namespace Bulkhead.Linux.Seccomp;

/// <summary>A condition on one argument of a system call.</summary>
/// <param name="Argument">Which argument, 0 to 5.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Value">With what; for <see cref="SeccompComparison.MaskedEqual"/> the mask.</param>
/// <param name="SecondValue">For <see cref="SeccompComparison.MaskedEqual"/> the value after masking; otherwise not used.</param>
public readonly record struct SeccompCondition(uint Argument, SeccompComparison Comparison, ulong Value, ulong SecondValue)
{
    /// <summary>How many arguments a system call has at most.</summary>
    public const int MostArguments = 6;
}

/// <summary>How an argument is compared, as a number without sign.</summary>
/// <remarks>runtime-spec, config-linux.md, "Seccomp", <c>op</c>.</remarks>
public enum SeccompComparison
{
    /// <summary>Not equal.</summary>
    NotEqual = 1,

    /// <summary>Less.</summary>
    Less = 2,

    /// <summary>Less or equal.</summary>
    LessOrEqual = 3,

    /// <summary>Equal.</summary>
    Equal = 4,

    /// <summary>Greater or equal.</summary>
    GreaterOrEqual = 5,

    /// <summary>Greater.</summary>
    Greater = 6,

    /// <summary>Equal after masking.</summary>
    MaskedEqual = 7,
}
