using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Create;

/// <summary>The mapping of an id-mapped mount.</summary>
/// <param name="Namespace">The user namespace that has the mapping; null for the one that is made for the container.</param>
/// <param name="Recursive">Whether also what is mounted below is mapped.</param>
internal sealed record MountIdMap(FileDescriptor? Namespace, bool Recursive);

/// <summary>Finds out which ids the mounts of a document are to show, and makes user namespaces that say so to the kernel.</summary>
/// <param name="linux">The document's section with the container's own mappings.</param>
/// <param name="ownUsers">Whether the container gets a new user namespace.</param>
/// <param name="joinedUsers">The user namespace that it enters instead.</param>
/// <remarks>runtime-spec, config.md, "Mounts", <c>uidMappings</c>, <c>idmap</c>; mount_setattr(2), "ID-mapped mounts".</remarks>
internal sealed class MountIdMaps(LinuxSection linux, bool ownUsers, FileDescriptor? joinedUsers)
{
    private readonly List<(string Users, string Groups, FileDescriptor Namespace)> _made = [];

    /// <summary>The mapping of one mount; null when it has none.</summary>
    /// <exception cref="ContainerException">What is asked for makes no sense.</exception>
    public MountIdMap? Plan(Mount mount, MountOptions options, MountKind kind, int index)
    {
        bool hasUsers = mount.UidMappings is { Length: > 0 };
        bool hasGroups = mount.GidMappings is { Length: > 0 };
        if (!hasUsers && !hasGroups && options.IdMap is null)
        {
            return null;
        }

        Refuse(kind != MountKind.Bind, $"mounts[{index}]: only a bind mount can be id-mapped");
        Refuse(hasUsers != hasGroups, $"mounts[{index}].uidMappings, mounts[{index}].gidMappings: one is missing");
        bool recursive = options.IdMap == "ridmap";
        if (options.IdMapText is { Length: > 0 } text)
        {
            Refuse(hasUsers, $"mounts[{index}].options: {options.IdMap}: a second mapping, after mounts[{index}].uidMappings");
            return new(Namespace(IdMapText.Parse(text, linux, $"mounts[{index}].options: {options.IdMap}"), index), recursive);
        }

        if (hasUsers)
        {
            return new(Namespace((IdentifierMaps.Format(mount.UidMappings), IdentifierMaps.Format(mount.GidMappings)), index), recursive);
        }

        Refuse(!ownUsers && joinedUsers is null, $"mounts[{index}].options: {options.IdMap}: there are no mappings and no user namespace to take them from");
        return new(joinedUsers, recursive);
    }

    private FileDescriptor Namespace((string Users, string Groups) maps, int index)
    {
        foreach ((string users, string groups, FileDescriptor made) in _made)
        {
            if (users == maps.Users && groups == maps.Groups)
            {
                return made;
            }
        }

        try
        {
            FileDescriptor made = Make(maps.Users, maps.Groups);
            _made.Add((maps.Users, maps.Groups, made));
            return made;
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"mounts[{index}].uidMappings, mounts[{index}].gidMappings: {error.Message}", error);
        }
    }

    /// <summary>Makes a user namespace by a process that does nothing in it, and is gone when somebody else holds it.</summary>
    private static FileDescriptor Make(string users, string groups)
    {
        (UnixSocket mine, UnixSocket childs) = UnixSocket.Pair();
        PidFd? process = Clone.Start(NamespaceKinds.User, null, null);
        if (process is null)
        {
            // Until the parent closes its end, or ends itself.
            mine.Dispose();
            Span<byte> nothing = stackalloc byte[1];
            childs.Receive(nothing, out _);
            Execve.Leave(0);
        }

        childs.Dispose();
        try
        {
            using ProcFile proc = ProcFile.OpenHost();
            string folder = process.Pid.ToString(CultureInfo.InvariantCulture);
            proc.Write($"{folder}/uid_map", users);
            proc.Write($"{folder}/gid_map", groups);
            return FileDescriptor.Open($"/proc/{folder}/ns/user", FileMode.Read);
        }
        finally
        {
            mine.Dispose();
            ChildProcess.TryWait(process.Pid);
            process.Dispose();
        }
    }
}
