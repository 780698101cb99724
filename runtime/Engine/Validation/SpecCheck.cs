using System.Globalization;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses documents that can't be meant: what the types allow but no container can be made of.</summary>
/// <remarks>An error names the property by its path in the document.</remarks>
internal static class SpecCheck
{
    private const uint HighestId = int.MaxValue;

    /// <summary>Checks a document for a new container.</summary>
    /// <exception cref="ContainerException">Something is wrong.</exception>
    public static void Check(Spec spec)
    {
        CheckVersion(spec.OciVersion);
        Refuse(spec.Root is null, "root: missing");
        Refuse(spec.Root!.Path.Length == 0, "root.path: empty");
        Refuse(spec.Linux is null, "linux: missing");
        CheckProcess(spec.Process ?? throw new ContainerException("process: missing"));
        CheckMounts(spec.Mounts ?? []);
        CheckNamespaces(spec);
        CheckHooks(spec.Hooks);
        CheckPaths(spec.Linux!);
        RefuseZeros([spec.Root.Path], "root.path");
        SelinuxLabelCheck.Check(spec.Linux!.MountLabel, "linux.mountLabel");
        IntelRdtCheck.Check(spec.Linux.IntelRdt);
    }

    /// <summary>Checks a process, of the document or of an exec.</summary>
    /// <exception cref="ContainerException">Something is wrong.</exception>
    public static void CheckProcess(Process process)
    {
        Refuse(process.Args is not { Length: > 0 }, "process.args: missing or empty");
        Refuse(process.Args![0].Length == 0, "process.args[0]: empty");
        Refuse(!process.Cwd.StartsWith('/'), $"process.cwd: \"{process.Cwd}\" is not absolute");
        Refuse(process.User.Uid > HighestId, $"process.user.uid: {process.User.Uid} is above {HighestId}");
        Refuse(process.User.Gid > HighestId, $"process.user.gid: {process.User.Gid} is above {HighestId}");
        foreach (uint group in process.User.AdditionalGids ?? [])
        {
            Refuse(group > HighestId, $"process.user.additionalGids: {group} is above {HighestId}");
        }

        RefuseZeros(process.Args, "process.args");
        RefuseZeros(process.Env ?? [], "process.env");
        RefuseZeros([process.Cwd], "process.cwd");
        SelinuxLabelCheck.Check(process.SelinuxLabel, "process.selinuxLabel");
    }

    /// <summary>The kernel would take the part before a zero character for the whole.</summary>
    private static void CheckPaths(LinuxSection linux)
    {
        RefuseZeros(linux.MaskedPaths ?? [], "linux.maskedPaths");
        RefuseZeros(linux.ReadonlyPaths ?? [], "linux.readonlyPaths");
        RefuseZeros([linux.CgroupsPath ?? ""], "linux.cgroupsPath");
        for (int i = 0; i < (linux.Devices?.Length ?? 0); i++)
        {
            RefuseZeros([linux.Devices![i].Path], $"linux.devices[{i}].path");
        }

        for (int i = 0; i < (linux.Namespaces?.Length ?? 0); i++)
        {
            RefuseZeros([linux.Namespaces![i].Path ?? ""], $"linux.namespaces[{i}].path");
        }
    }

    private static void CheckVersion(string version)
    {
        // Semantic Versioning: three numbers, and what is before or beyond a release after "-" or "+".
        int end = version.AsSpan().IndexOfAny('-', '+');
        string[] numbers = (end < 0 ? version : version[..end]).Split('.');
        bool valid = numbers is ["1", _, _]
            && uint.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && uint.TryParse(numbers[2], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        Refuse(!valid, $"ociVersion: unsupported version \"{version}\", this runtime implements 1.0.0 to 1.3.0");
    }

    private static void CheckMounts(Mount[] mounts)
    {
        for (int i = 0; i < mounts.Length; i++)
        {
            Mount mount = mounts[i];
            Refuse(mount.Destination.Length == 0, $"mounts[{i}].destination: empty");
            bool zeros = HasZeros([mount.Destination, mount.Source ?? "", mount.Type ?? ""]) || HasZeros(mount.Options ?? []);
            Refuse(zeros, $"mounts[{i}]: a text holds a zero character");
        }
    }

    private static void CheckNamespaces(Spec spec)
    {
        LinuxNamespace[] namespaces = spec.Linux!.Namespaces ?? [];
        for (int i = 0; i < namespaces.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Refuse(namespaces[i].Type == namespaces[j].Type, $"linux.namespaces[{i}].type: the {namespaces[i].Type.ToString().ToLowerInvariant()} namespace appears twice");
            }

            Refuse(namespaces[i].Path is { Length: > 0 } path && !path.StartsWith('/'), $"linux.namespaces[{i}].path: \"{namespaces[i].Path}\" is not absolute");
        }

        Refuse(spec.Hostname is { Length: > 0 } && Find(namespaces, LinuxNamespaceType.Uts) is null, "hostname: it would change the host's, for there is no uts namespace");
        Refuse(spec.Domainname is { Length: > 0 } && Find(namespaces, LinuxNamespaceType.Uts) is null, "domainname: it would change the host's, for there is no uts namespace");

        bool restricted = spec.Linux.MaskedPaths is { Length: > 0 } || spec.Linux.ReadonlyPaths is { Length: > 0 };
        bool ownMounts = Find(namespaces, LinuxNamespaceType.Mount) is not null;
        Refuse(restricted && !ownMounts, "linux.maskedPaths, linux.readonlyPaths: they would change the host's, for there is no mount namespace");
        Refuse((spec.Root!.Readonly ?? false) && !ownMounts, "root.readonly: there is no mount namespace to make it read-only in");

        bool ownTime = Find(namespaces, LinuxNamespaceType.Time) is { Path: null or "" };
        Refuse(spec.Linux.TimeOffsets is { Count: > 0 } && !ownTime, "linux.timeOffsets: there is no new time namespace to set them in");
        foreach ((string clock, LinuxTimeOffset offset) in spec.Linux.TimeOffsets ?? new Dictionary<string, LinuxTimeOffset>())
        {
            Refuse(clock is not ("monotonic" or "boottime"), $"linux.timeOffsets: unknown clock \"{clock}\"");
            Refuse(offset.Nanosecs > 999_999_999, $"linux.timeOffsets.{clock}.nanosecs: {offset.Nanosecs} is not below a second");
        }

        bool ownUsers = Find(namespaces, LinuxNamespaceType.User) is { Path: null or "" };
        bool mapped = spec.Linux.UidMappings is { Length: > 0 } || spec.Linux.GidMappings is { Length: > 0 };
        Refuse(mapped && Find(namespaces, LinuxNamespaceType.User) is null, "linux.uidMappings: there is no user namespace to map");
        Refuse(ownUsers && (spec.Linux.UidMappings is not { Length: > 0 } || spec.Linux.GidMappings is not { Length: > 0 }), "linux.uidMappings, linux.gidMappings: missing for the new user namespace");
        NetworkDeviceCheck.Check(spec.Linux.NetDevices, namespaces);
        SysctlCheck.Check(spec.Linux.Sysctl, namespaces);
    }

    private static void CheckHooks(Specs.Runtime.Hooks? hooks)
    {
        CheckHooks(hooks?.Prestart, "prestart");
        CheckHooks(hooks?.CreateRuntime, "createRuntime");
        CheckHooks(hooks?.CreateContainer, "createContainer");
        CheckHooks(hooks?.StartContainer, "startContainer");
        CheckHooks(hooks?.Poststart, "poststart");
        CheckHooks(hooks?.Poststop, "poststop");
    }

    private static void CheckHooks(Hook[]? hooks, string kind)
    {
        for (int i = 0; i < (hooks?.Length ?? 0); i++)
        {
            Refuse(!hooks![i].Path.StartsWith('/'), $"hooks.{kind}[{i}].path: \"{hooks[i].Path}\" is not absolute");
            Refuse(hooks[i].Timeout is <= 0, $"hooks.{kind}[{i}].timeout: {hooks[i].Timeout} is not above 0");
            bool zeros = HasZeros([hooks[i].Path, .. hooks[i].Args ?? [], .. hooks[i].Env ?? []]);
            Refuse(zeros, $"hooks.{kind}[{i}]: a text holds a zero character");
        }
    }

    /// <summary>The namespace of a kind, or null.</summary>
    internal static LinuxNamespace? Find(LinuxNamespace[] namespaces, LinuxNamespaceType type)
    {
        foreach (LinuxNamespace candidate in namespaces)
        {
            if (candidate.Type == type)
            {
                return candidate;
            }
        }

        return null;
    }

    private static void RefuseZeros(ReadOnlySpan<string> texts, string path) =>
        Refuse(HasZeros(texts), $"{path}: a text holds a zero character");

    private static bool HasZeros(ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
