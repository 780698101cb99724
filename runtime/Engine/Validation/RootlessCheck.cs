using System.Globalization;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses what a user without privileges can't have, in words that tell why.</summary>
/// <remarks>user_namespaces(7).</remarks>
internal static class RootlessCheck
{
    private const string NoGroups =
        "process.user.additionalGids: a user who maps the own group alone can have no other: cannot set any additional groups in a rootless container";

    /// <summary>Checks a document for a new container; for a caller who is root nothing is checked.</summary>
    /// <exception cref="ContainerException">It asks for more than a user has.</exception>
    public static void Check(Spec spec)
    {
        if (ProcessIdentity.EffectiveUser == 0)
        {
            return;
        }

        LinuxSection linux = spec.Linux!;
        LinuxNamespace users = SpecCheck.Find(linux.Namespaces ?? [], LinuxNamespaceType.User)
            ?? throw new ContainerException("linux.namespaces: a user who is not root needs a user namespace: rootless container requires user namespaces");
        if (users.Path is { Length: > 0 })
        {
            return;
        }

        Require(linux.UidMappings, "linux.uidMappings");
        Require(linux.GidMappings, "linux.gidMappings");
        CheckMounts(spec.Mounts ?? [], linux);
        if (spec.Process!.User.AdditionalGids is { Length: > 0 } && IdentifierMaps.IsOwnGroupAlone(linux))
        {
            throw new ContainerException(NoGroups);
        }
    }

    /// <summary>Checks the groups of a further process; for a caller who is root nothing is checked.</summary>
    /// <exception cref="ContainerException">It asks for groups in a container that can have none.</exception>
    public static void CheckGroups(Process process, PidFd init, ProcFile proc)
    {
        if (ProcessIdentity.EffectiveUser != 0
            && process.User.AdditionalGids is { Length: > 0 }
            && proc.AreGroupsDenied(init.Pid.ToString(CultureInfo.InvariantCulture)))
        {
            throw new ContainerException(NoGroups);
        }
    }

    /// <summary>Tells root of a user namespace that the namespace denies groups: they are left out then, as by other runtimes.</summary>
    public static void WarnOfGroups(Process process, ProcFile proc, EngineLog log)
    {
        if (process.User.AdditionalGids is { Length: > 0 }
            && ProcessIdentity.EffectiveUser == 0
            && !Namespaces.IsFirstUser()
            && proc.AreGroupsDenied("self"))
        {
            log.Warning?.Invoke("process.user.additionalGids is left out: the user namespace that the runtime is in denies changes of groups");
        }
    }

    private static void Require(LinuxIdMapping[]? mappings, string property)
    {
        if (mappings is not { Length: > 0 })
        {
            throw new ContainerException($"{property}: missing, and a user namespace of a user who is not root is of no use without");
        }
    }

    /// <summary>The kernel only says EINVAL.</summary>
    private static void CheckMounts(Mount[] mounts, LinuxSection linux)
    {
        for (int i = 0; i < mounts.Length; i++)
        {
            foreach (string option in mounts[i].Options ?? [])
            {
                CheckOption(option, "uid=", linux.UidMappings!, $"mounts[{i}].options", "linux.uidMappings");
                CheckOption(option, "gid=", linux.GidMappings!, $"mounts[{i}].options", "linux.gidMappings");
            }
        }
    }

    private static void CheckOption(string option, string name, LinuxIdMapping[] mappings, string property, string maps)
    {
        if (option.StartsWith(name, StringComparison.Ordinal)
            && uint.TryParse(option.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            && !Array.Exists(mappings, mapping => id >= mapping.ContainerId && id - mapping.ContainerId < mapping.Size))
        {
            throw new ContainerException($"{property}: {option} is not in {maps}");
        }
    }
}
