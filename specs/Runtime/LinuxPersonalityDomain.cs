using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>An execution domain.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Personality".</remarks>
public enum LinuxPersonalityDomain
{
    /// <summary>The native one.</summary>
    Linux,

    /// <summary><c>uname</c> reports a 32-bit machine.</summary>
    Linux32,
}

/// <summary>How the specification spells each <see cref="LinuxPersonalityDomain"/>.</summary>
public readonly struct LinuxPersonalityDomainSpelling : ISpelling<LinuxPersonalityDomain>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxPersonalityDomain value) => value switch
    {
        LinuxPersonalityDomain.Linux => "LINUX"u8,
        LinuxPersonalityDomain.Linux32 => "LINUX32"u8,
        _ => default,
    };
}
