using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Create;

/// <summary>Takes the mounts of a document apart and refuses what can't be meant.</summary>
/// <remarks>runtime-spec, config.md, "Mounts".</remarks>
internal static class MountPlanner
{
    /// <summary>Plans all mounts, in the document's order.</summary>
    /// <exception cref="ContainerException">One of them can't be carried out.</exception>
    public static MountPlan[] Plan(Mount[] mounts, string bundle, MountIdMaps idMaps, EngineLog log)
    {
        MountPlan[] plans = new MountPlan[mounts.Length];
        for (int i = 0; i < mounts.Length; i++)
        {
            plans[i] = Plan(mounts[i], i, bundle, idMaps, log);
        }

        return plans;
    }

    private static MountPlan Plan(Mount mount, int index, string bundle, MountIdMaps idMaps, EngineLog log)
    {
        MountOptions options = MountOptions.Parse(mount.Options);
        string type = mount.Type ?? "";
        MountKind kind = options.Remount ? MountKind.Remount
            : options.Bind || type == "bind" ? MountKind.Bind
            : type is "cgroup" or "cgroup2" ? MountKind.Cgroup
            : MountKind.FileSystem;
        Refuse(kind == MountKind.Bind && mount.Source is not { Length: > 0 }, $"mounts[{index}].source: missing for a bind mount");
        Refuse(kind == MountKind.FileSystem && type.Length == 0, $"mounts[{index}].type: missing");
        CheckOptions(options, kind, type, index, log);

        string destination = mount.Destination;
        if (!destination.StartsWith('/'))
        {
            log.Warning?.Invoke($"mounts[{index}].destination: \"{destination}\" is relative, which is deprecated; it is taken from the root");
            destination = '/' + destination;
        }

        return new MountPlan
        {
            Kind = kind,
            Index = index,
            Destination = destination,
            Type = type,
            Source = kind == MountKind.Bind && !mount.Source!.StartsWith('/') ? $"{bundle}/{mount.Source}" : mount.Source,
            IdMap = idMaps.Plan(mount, options, kind, index),
            Options = options,
        };
    }

    private static void CheckOptions(MountOptions options, MountKind kind, string type, int index, EngineLog log)
    {
        bool bound = kind == MountKind.Bind || options.Bind;
        if (bound && (options.Data is [var data, ..] ? data : options.FirstFileSystemFlag) is { } option)
        {
            log.Warning?.Invoke($"mounts[{index}].options: \"{option}\" has no effect on a bind mount, whose file system is mounted already");
        }

        Refuse(options.CopyUp && (kind != MountKind.FileSystem || type != "tmpfs"), $"mounts[{index}].options: tmpcopyup is for a tmpfs");
        bool links = options.CopySymbolicLink || options.KeepSourceLink || options.KeepDestinationLink;
        Refuse(links && kind != MountKind.Bind, $"mounts[{index}].options: copy-symlink, src-nofollow and dest-nofollow are for a bind mount");
        Refuse(options.CopySymbolicLink && (options.KeepSourceLink || options.KeepDestinationLink), $"mounts[{index}].options: copy-symlink excludes src-nofollow and dest-nofollow");
    }
}
