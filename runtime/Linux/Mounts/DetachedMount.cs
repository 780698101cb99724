using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Mounts;

/// <summary>A mount that is held by a descriptor: made out of sight, then attached to a place held by a descriptor.</summary>
/// <remarks>
/// fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2). Between making and attaching nothing is looked up
/// by name, so there is nothing to exchange. Attached or not, the descriptor goes on meaning this mount.
/// </remarks>
[ChildSafe]
public sealed class DetachedMount : IDisposable
{
    private DetachedMount(int number, string subject) => Root = new DirectoryHandle(number, subject);

    /// <summary>The root of the mount; for a bind mount of a file, the file.</summary>
    public DirectoryHandle Root { get; }

    /// <summary>Makes a mount of a file system of its own.</summary>
    /// <param name="type">The file system, as in <c>/proc/filesystems</c>.</param>
    /// <param name="source">The device or, for file systems without one, a name that the mount table shows.</param>
    /// <param name="options">The mount's attributes and what the file system is told.</param>
    /// <exception cref="LinuxException">As fsopen(2), fsconfig(2) and fsmount(2); the subject names the option that was refused.</exception>
    public static DetachedMount Create(string type, string? source, MountOptions options)
    {
        using FileDescriptor context = new((int)LinuxException.Check(Libc.FsOpen(SystemCall.FsOpen, type, MountCalls.FSOPEN_CLOEXEC), "fsopen", type), type);
        if (!string.IsNullOrEmpty(source))
        {
            Configure(context, "source", source);
        }

        if (options.ReadOnly)
        {
            Configure(context, "ro", null);
        }

        foreach (string flag in options.FileSystemFlagNames)
        {
            ConfigureFlag(context, flag);
        }

        foreach (string option in options.Data)
        {
            int equals = option.IndexOf('=');
            Configure(context, equals < 0 ? option : option[..equals], equals < 0 ? null : Unquoted(option.AsSpan(equals + 1)));
        }

        LinuxException.Check(Libc.FsConfig(SystemCall.FsConfig, context.Number, MountCalls.FSCONFIG_CMD_CREATE, null, null, 0), "fsconfig", type);
        MountAttributes attributes = options.Set;
        return new DetachedMount((int)LinuxException.Check(Libc.FsMount(SystemCall.FsMount, context.Number, MountCalls.FSMOUNT_CLOEXEC, (ulong)attributes), "fsmount", type), type);
    }

    /// <summary>Makes a second mount of what is at a path of the calling process's mount namespace.</summary>
    /// <param name="path">A path; symbolic links are followed.</param>
    /// <param name="recursive">Whether what is mounted below comes along.</param>
    /// <param name="followLink">Whether a symbolic link at the end of the path is followed; else it is what is mounted.</param>
    /// <exception cref="LinuxException">As open_tree(2).</exception>
    public static DetachedMount CloneOf(string path, bool recursive, bool followLink = true) => Clone(Libc.AT_FDCWD, path, path, recursive, followLink);

    /// <summary>Makes a second mount of what a descriptor holds.</summary>
    /// <param name="place">A file or directory in the calling process's mount namespace.</param>
    /// <param name="recursive">Whether what is mounted below comes along.</param>
    /// <exception cref="LinuxException">As open_tree(2).</exception>
    public static DetachedMount CloneOf(FileDescriptor place, bool recursive) => Clone(place.Number, "", place.Path, recursive);

    /// <summary>Changes the attributes that the options name, and no other.</summary>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void Apply(MountOptions options)
    {
        SetAttributes(options.Set, options.Clear & ~options.Set | AtimeMask(options.Set, options.Clear), MountFlags.None, recursive: false);
        SetAttributes(options.RecursiveSet, options.RecursiveClear, MountFlags.None, recursive: true);
    }

    /// <summary>Sets the attributes that the options set, also of the mounts below; those for access times, which restrict nothing, are left.</summary>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void Restrict(MountOptions options) =>
        SetAttributes((options.Set | options.RecursiveSet) & ~MountAttributes.MOUNT_ATTR__ATIME, MountAttributes.None, MountFlags.None, recursive: true);

    /// <summary>Changes how mounts and unmounts below spread to other mounts, as the options say, in their order.</summary>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void ApplyPropagation(MountOptions options)
    {
        foreach ((MountFlags kind, bool recursive) in options.Propagation)
        {
            SetAttributes(MountAttributes.None, MountAttributes.None, kind, recursive);
        }
    }

    /// <summary>Changes how mounts and unmounts below spread to other mounts.</summary>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void SetPropagation(MountPropagation propagation, bool recursive) =>
        SetAttributes(MountAttributes.None, MountAttributes.None, MountTable.FlagOf(propagation), recursive);

    /// <summary>Maps the ids of files, as the mount shows them, by those of a user namespace.</summary>
    /// <param name="mount">A mount that has not been attached yet.</param>
    /// <param name="userNamespace">The user namespace whose mapping the mount gets; it must not be the initial one.</param>
    /// <param name="recursive">Whether also what is mounted below gets it.</param>
    /// <exception cref="LinuxException">
    /// As mount_setattr(2): EINVAL when the file system can't be id-mapped, EPERM when the caller is not root where it was mounted.
    /// </exception>
    /// <remarks>mount_setattr(2), "ID-mapped mounts"; since Linux 5.12.</remarks>
    public static void MapIds(FileDescriptor mount, FileDescriptor userNamespace, bool recursive)
    {
        MountAttr attributes = new() { Set = (ulong)MountAttributes.MOUNT_ATTR_IDMAP, UserNamespace = (ulong)userNamespace.Number };
        ulong flags = (ulong)Libc.AT_EMPTY_PATH | (recursive ? (ulong)Libc.AT_RECURSIVE : 0);
        LinuxException.Check(Libc.MountSetAttr(SystemCall.MountSetAttr, mount.Number, "", flags, in attributes, 32), "mount_setattr", mount.Path);
    }

    /// <summary>Makes the mount, and none below it, read-only.</summary>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void MakeReadOnly() => SetAttributes(MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.None, MountFlags.None, recursive: false);

    /// <summary>Attaches the mount over a place of the calling process's mount namespace.</summary>
    /// <exception cref="LinuxException">As move_mount(2).</exception>
    public void AttachTo(FileDescriptor place) =>
        LinuxException.Check(
            Libc.MoveMount(
                SystemCall.MoveMount, Root.Number, "", place.Number, "", MountCalls.MOVE_MOUNT_F_EMPTY_PATH | MountCalls.MOVE_MOUNT_T_EMPTY_PATH),
            "move_mount",
            place.Path);

    /// <summary>Closes the descriptor; a mount that was not attached goes with it.</summary>
    public void Dispose() => Root.Dispose();

    private static DetachedMount Clone(int directory, string path, string subject, bool recursive, bool followLink = true)
    {
        ulong flags = MountCalls.OPEN_TREE_CLONE | MountCalls.OPEN_TREE_CLOEXEC | (recursive ? (ulong)Libc.AT_RECURSIVE : 0)
            | (path.Length == 0 ? (ulong)Libc.AT_EMPTY_PATH : 0) | (followLink ? 0 : (ulong)Libc.AT_SYMLINK_NOFOLLOW);
        return new DetachedMount((int)LinuxException.Check(Libc.OpenTree(SystemCall.OpenTree, directory, path, flags), "open_tree", subject), subject);
    }

    private static MountAttributes AtimeMask(MountAttributes set, MountAttributes clear) => (set | clear) & MountAttributes.MOUNT_ATTR__ATIME;

    private static void ConfigureFlag(FileDescriptor context, string flag)
    {
        try
        {
            Configure(context, flag, null);
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL && flag == "iversion")
        {
            // fsconfig(2) has no word for it. Of mount(2) any file system takes it, and those that count versions do so without.
        }
    }

    private static void Configure(FileDescriptor context, string key, string? value)
    {
        ulong command = value is null ? MountCalls.FSCONFIG_SET_FLAG : MountCalls.FSCONFIG_SET_STRING;
        LinuxException.Check(
            Libc.FsConfig(SystemCall.FsConfig, context.Number, command, key, value, 0),
            "fsconfig",
            value is null ? $"{context.Path} {key}" : $"{context.Path} {key}={value}");
    }

    private static string Unquoted(ReadOnlySpan<char> value) =>
        value is ['"', .. var inner, '"'] ? inner.ToString() : value.ToString();

    private void SetAttributes(MountAttributes set, MountAttributes clear, MountFlags propagation, bool recursive)
    {
        if ((ulong)set == 0 && (ulong)clear == 0 && propagation == MountFlags.None)
        {
            return;
        }

        MountAttr attributes = new() { Set = (ulong)set, Clear = (ulong)clear, Propagation = (ulong)propagation };
        ulong flags = (ulong)Libc.AT_EMPTY_PATH | (recursive ? (ulong)Libc.AT_RECURSIVE : 0);
        long result = Libc.MountSetAttr(SystemCall.MountSetAttr, Root.Number, "", flags, in attributes, 32);
        LinuxException.Check(result, "mount_setattr", Root.Path);
    }
}
