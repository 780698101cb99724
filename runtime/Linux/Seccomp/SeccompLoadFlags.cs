namespace Bulkhead.Linux.Seccomp;

/// <summary>How a filter is loaded; the values are the kernel's.</summary>
/// <remarks>seccomp(2), SECCOMP_SET_MODE_FILTER.</remarks>
[Flags]
public enum SeccompLoadFlags
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary>All threads of the process get the filter (since 3.17).</summary>
    AllThreads = 1 << 0,

    /// <summary>Actions other than ALLOW are logged (since 4.14).</summary>
    Log = 1 << 1,

    /// <summary>Speculative store bypass is not mitigated (since 4.17).</summary>
    SpeculationAllowed = 1 << 2,

    /// <summary>Loading gives a descriptor on which the calls with the NOTIFY action arrive (since 5.0).</summary>
    NewListener = 1 << 3,

    /// <summary>Once the listener has received a call, only fatal signals interrupt it (since 5.19); only with <see cref="NewListener"/>.</summary>
    WaitKillable = 1 << 5,
}
