using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A class of I/O scheduling.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", ioPriority; ioprio_set(2).</remarks>
public enum IoPriorityClass
{
    /// <summary>First access to the disk, whatever else waits.</summary>
    RealTime,

    /// <summary>The usual class.</summary>
    BestEffort,

    /// <summary>Only when no one else uses the disk.</summary>
    Idle,
}

/// <summary>How the specification spells each <see cref="IoPriorityClass"/>.</summary>
public readonly struct IoPriorityClassSpelling : ISpelling<IoPriorityClass>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(IoPriorityClass value) => value switch
    {
        IoPriorityClass.RealTime => "IOPRIO_CLASS_RT"u8,
        IoPriorityClass.BestEffort => "IOPRIO_CLASS_BE"u8,
        IoPriorityClass.Idle => "IOPRIO_CLASS_IDLE"u8,
        _ => default,
    };
}
