using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A kind of namespace.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Namespaces"; namespaces(7).</remarks>
public enum LinuxNamespaceType
{
    /// <summary>Process ids.</summary>
    Pid,

    /// <summary>Network devices, addresses, ports.</summary>
    Network,

    /// <summary>The mount table.</summary>
    Mount,

    /// <summary>System V IPC and POSIX message queues.</summary>
    Ipc,

    /// <summary>Host name and NIS domain name.</summary>
    Uts,

    /// <summary>User and group ids, and capabilities over the rest.</summary>
    User,

    /// <summary>The root of the cgroup hierarchy.</summary>
    Cgroup,

    /// <summary>The monotonic and boot-time clocks.</summary>
    Time,
}

/// <summary>How the specification spells each <see cref="LinuxNamespaceType"/>.</summary>
public readonly struct LinuxNamespaceTypeSpelling : ISpelling<LinuxNamespaceType>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxNamespaceType value) => value switch
    {
        LinuxNamespaceType.Pid => "pid"u8,
        LinuxNamespaceType.Network => "network"u8,
        LinuxNamespaceType.Mount => "mount"u8,
        LinuxNamespaceType.Ipc => "ipc"u8,
        LinuxNamespaceType.Uts => "uts"u8,
        LinuxNamespaceType.User => "user"u8,
        LinuxNamespaceType.Cgroup => "cgroup"u8,
        LinuxNamespaceType.Time => "time"u8,
        _ => default,
    };
}
