namespace Bulkhead.Linux.Seccomp;

/// <summary>A system call as a filter sees it: struct seccomp_data, less the instruction pointer.</summary>
/// <param name="Architecture">AUDIT_ARCH_*.</param>
/// <param name="Number">The call's number; of x32 with its bit.</param>
/// <param name="Arguments">The six arguments.</param>
public readonly record struct SeccompCall(uint Architecture, uint Number, ulong[] Arguments)
{
    /// <summary>The call in one line, for messages.</summary>
    public override string ToString()
    {
        string[] arguments = new string[Arguments.Length];
        for (int index = 0; index < arguments.Length; index++)
        {
            arguments[index] = $"0x{Arguments[index]:x}";
        }

        return $"architecture 0x{Architecture:x}, call {Number} ({string.Join(", ", arguments)})";
    }
}
