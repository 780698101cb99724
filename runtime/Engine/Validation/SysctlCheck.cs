using Bulkhead.Linux;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses kernel settings that are the host's and not the container's.</summary>
/// <remarks>namespaces(7): which settings belong to which namespace.</remarks>
internal static class SysctlCheck
{
    /// <summary>Checks the settings against the namespaces that the container has.</summary>
    /// <exception cref="ContainerException">One would change the host.</exception>
    public static void Check(IReadOnlyDictionary<string, string>? sysctls, LinuxNamespace[] namespaces)
    {
        foreach ((string name, _) in sysctls ?? new Dictionary<string, string>())
        {
            string key = PathOf(name);
            if (key.Contains('\0', StringComparison.Ordinal) || (key.Split('/') is var parts && Array.Exists(parts, part => part is "" or "." or "..")))
            {
                throw new ContainerException($"linux.sysctl: \"{name}\" is not a name");
            }

            LinuxNamespaceType owner = Owner(key) ?? throw new ContainerException($"linux.sysctl: \"{name}\" is not in any namespace, it would change the host");
            if (SpecCheck.Find(namespaces, owner) is null)
            {
                throw new ContainerException($"linux.sysctl: \"{name}\" would change the host, for there is no {owner.ToString().ToLowerInvariant()} namespace");
            }
        }
    }

    /// <summary>The path of a setting below <c>/proc/sys</c>.</summary>
    /// <remarks>sysctl.d(5): what separates first separates; the other character stands for itself, as in <c>net/ipv4/conf/eth0.1</c>.</remarks>
    [ChildSafe]
    public static string PathOf(string name)
    {
        int first = name.AsSpan().IndexOfAny('.', '/');
        return first < 0 || name[first] == '/' ? name : string.Create(name.Length, name, static (path, source) =>
        {
            for (int i = 0; i < path.Length; i++)
            {
                path[i] = source[i] switch { '.' => '/', '/' => '.', var other => other };
            }
        });
    }

    /// <summary>Whether one of the settings belongs to a namespace of a type.</summary>
    public static bool Any(IReadOnlyDictionary<string, string>? sysctls, LinuxNamespaceType owner)
    {
        foreach ((string name, _) in sysctls ?? new Dictionary<string, string>())
        {
            if (Owner(PathOf(name)) == owner)
            {
                return true;
            }
        }

        return false;
    }

    private static LinuxNamespaceType? Owner(string key) => key switch
    {
        "kernel/msgmax" or "kernel/msgmnb" or "kernel/msgmni" or "kernel/sem" or "kernel/shmall" or "kernel/shmmax"
            or "kernel/shmmni" or "kernel/shm_rmid_forced" => LinuxNamespaceType.Ipc,
        "kernel/domainname" or "kernel/hostname" => LinuxNamespaceType.Uts,
        _ when key.StartsWith("fs/mqueue/", StringComparison.Ordinal) => LinuxNamespaceType.Ipc,
        _ when key.StartsWith("net/", StringComparison.Ordinal) => LinuxNamespaceType.Network,
        _ => null,
    };
}
