using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Mounts;

/// <summary>The options of one mount, taken apart: attributes, propagation, what the file system itself is told.</summary>
/// <remarks>runtime-spec, config.md, "Linux mount options"; mount(8); mount_setattr(2).</remarks>
public sealed class MountOptions
{
    private readonly List<string> _fileSystemFlags = [];
    private List<string> _data = [];
    private readonly List<(MountFlags Kind, bool Recursive)> _propagation = [];

    private MountOptions()
    {
    }

    /// <summary>No option at all.</summary>
    public static MountOptions None { get; } = new();

    /// <summary>Whether the mount shows another place of the file tree.</summary>
    public bool Bind { get; private set; }

    /// <summary>Whether a bind mount takes along what is mounted below the source.</summary>
    public bool Recursive { get; private set; }

    /// <summary>Whether what is mounted at the destination already gets other options.</summary>
    public bool Remount { get; private set; }

    /// <summary>Whether a tmpfs starts with a copy of what it covers (<c>tmpcopyup</c>).</summary>
    public bool CopyUp { get; private set; }

    /// <summary>The mount's own identifier mapping was asked for: <c>idmap</c>, or <c>ridmap</c> for all below as well.</summary>
    public string? IdMap { get; private set; }

    /// <summary>The mapping itself, where the option brings it as crun has it: <c>idmap=uids=0-1000-10;gids=0-1000-10</c>.</summary>
    /// <remarks>crun(1), "idmap mount options".</remarks>
    public string? IdMapText { get; private set; }

    /// <summary>Whether a source that is a symbolic link is made anew in the container instead of being followed and mounted.</summary>
    /// <remarks>crun(1), "copy-symlink".</remarks>
    public bool CopySymbolicLink { get; private set; }

    /// <summary>Whether a source that is a symbolic link is itself mounted.</summary>
    /// <remarks>crun(1), "src-nofollow".</remarks>
    public bool KeepSourceLink { get; private set; }

    /// <summary>Whether a destination that is a symbolic link is itself covered.</summary>
    /// <remarks>crun(1), "dest-nofollow".</remarks>
    public bool KeepDestinationLink { get; private set; }

    /// <summary>Whether the mount is read-only by these options.</summary>
    public bool ReadOnly => Set.HasFlag(MountAttributes.MOUNT_ATTR_RDONLY);

    /// <summary>What is left for the file system to understand, such as <c>size=64m</c>.</summary>
    public IReadOnlyList<string> Data => _data;

    internal MountAttributes Set { get; private set; }

    internal MountAttributes Clear { get; private set; }

    internal MountAttributes RecursiveSet { get; private set; }

    internal MountAttributes RecursiveClear { get; private set; }

    internal MountFlags FileSystemFlags { get; private set; }

    internal IReadOnlyList<string> FileSystemFlagNames => _fileSystemFlags;

    internal IReadOnlyList<(MountFlags Kind, bool Recursive)> Propagation => _propagation;

    /// <summary>Takes options apart, in their order: a later one wins over an earlier.</summary>
    public static MountOptions Parse(ReadOnlySpan<string> options)
    {
        if (options.IsEmpty)
        {
            return None;
        }

        MountOptions parsed = new();
        foreach (string option in options)
        {
            parsed.Add(option);
        }

        return parsed;
    }

    /// <summary>These options and, before them, one more for the file system, unless they have one of that name already.</summary>
    /// <param name="name">The option's name with its equals sign.</param>
    /// <param name="value">Its value.</param>
    public MountOptions WithData(string name, string value)
    {
        foreach (string option in _data)
        {
            if (option.StartsWith(name, StringComparison.Ordinal))
            {
                return this;
            }
        }

        MountOptions copy = (MountOptions)MemberwiseClone();
        copy._data = [name + value, .. _data];
        return copy;
    }

    /// <summary>These options and some more for the file system.</summary>
    public MountOptions WithFlags(ReadOnlySpan<string> flags)
    {
        MountOptions copy = (MountOptions)MemberwiseClone();
        copy._data = [.. _data, .. flags];
        return copy;
    }

    /// <summary>These options without what makes the mount read-only, so that things can be made in it first.</summary>
    public MountOptions Writable()
    {
        MountOptions copy = (MountOptions)MemberwiseClone();
        copy.Set &= ~MountAttributes.MOUNT_ATTR_RDONLY;
        return copy;
    }

    /// <summary>These options and read-only.</summary>
    public MountOptions WithReadOnly()
    {
        MountOptions copy = (MountOptions)MemberwiseClone();
        copy.Set |= MountAttributes.MOUNT_ATTR_RDONLY;
        return copy;
    }

    /// <summary>Whether the options say how mounts spread.</summary>
    public bool HasPropagation => _propagation.Count > 0;

    /// <summary>What the options ask of a file system as a whole, such as <c>sync</c>, and so not of a bind mount; null for nothing.</summary>
    public string? FirstFileSystemFlag => _fileSystemFlags.Count > 0 ? _fileSystemFlags[0] : null;

    /// <summary>The data as mount(2) takes it: joined by commas; null when there is none.</summary>
    internal string? JoinedData => _data.Count == 0 ? null : string.Join(',', _data);

    /// <summary>All attributes as flags of mount(2).</summary>
    internal MountFlags Flags
    {
        get
        {
            MountFlags flags = FileSystemFlags;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_RDONLY) ? MountFlags.MS_RDONLY : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NOSUID) ? MountFlags.MS_NOSUID : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NODEV) ? MountFlags.MS_NODEV : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NOEXEC) ? MountFlags.MS_NOEXEC : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NOATIME) ? MountFlags.MS_NOATIME : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_STRICTATIME) ? MountFlags.MS_STRICTATIME : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NODIRATIME) ? MountFlags.MS_NODIRATIME : 0;
            flags |= Set.HasFlag(MountAttributes.MOUNT_ATTR_NOSYMFOLLOW) ? MountFlags.MS_NOSYMFOLLOW : 0;
            return flags;
        }
    }

    private void Add(string option)
    {
        switch (option)
        {
            case "defaults" or "silent" or "loud" or "":
                break;
            case "bind":
                Bind = true;
                break;
            case "rbind":
                (Bind, Recursive) = (true, true);
                break;
            case "remount":
                Remount = true;
                break;
            case "tmpcopyup":
                CopyUp = true;
                break;
            case "idmap" or "ridmap":
                (IdMap, IdMapText) = (option, null);
                break;
            case "copy-symlink":
                CopySymbolicLink = true;
                break;
            case "src-nofollow":
                KeepSourceLink = true;
                break;
            case "dest-nofollow":
                KeepDestinationLink = true;
                break;
            case "sync":
                SetFileSystemFlag(option, MountFlags.MS_SYNCHRONOUS);
                break;
            case "async":
                ClearFileSystemFlag("sync", MountFlags.MS_SYNCHRONOUS);
                break;
            case "dirsync":
                SetFileSystemFlag(option, MountFlags.MS_DIRSYNC);
                break;
            case "mand":
                SetFileSystemFlag(option, MountFlags.MS_MANDLOCK);
                break;
            case "nomand":
                ClearFileSystemFlag("mand", MountFlags.MS_MANDLOCK);
                break;
            case "lazytime":
                SetFileSystemFlag(option, MountFlags.MS_LAZYTIME);
                break;
            case "nolazytime":
                ClearFileSystemFlag("lazytime", MountFlags.MS_LAZYTIME);
                break;
            case "iversion":
                SetFileSystemFlag(option, MountFlags.MS_I_VERSION);
                break;
            case "noiversion":
                ClearFileSystemFlag("iversion", MountFlags.MS_I_VERSION);
                break;
            default:
                if (!AddPropagation(option) && !AddAttribute(option) && !AddIdMap(option))
                {
                    _data.Add(option);
                }

                break;
        }
    }

    private bool AddIdMap(string option)
    {
        int equals = option.IndexOf('=');
        if (equals < 0 || option[..equals] is not ("idmap" or "ridmap"))
        {
            return false;
        }

        (IdMap, IdMapText) = (option[..equals], option[(equals + 1)..]);
        return true;
    }

    private bool AddPropagation(string option)
    {
        (MountFlags kind, bool recursive) = option switch
        {
            "private" => (MountFlags.MS_PRIVATE, false),
            "rprivate" => (MountFlags.MS_PRIVATE, true),
            "slave" => (MountFlags.MS_SLAVE, false),
            "rslave" => (MountFlags.MS_SLAVE, true),
            "shared" => (MountFlags.MS_SHARED, false),
            "rshared" => (MountFlags.MS_SHARED, true),
            "unbindable" => (MountFlags.MS_UNBINDABLE, false),
            "runbindable" => (MountFlags.MS_UNBINDABLE, true),
            _ => (MountFlags.None, false),
        };
        if (kind != MountFlags.None)
        {
            _propagation.Add((kind, recursive));
        }

        return kind != MountFlags.None;
    }

    private bool AddAttribute(string option)
    {
        if (AttributeOf(option) is { } plain)
        {
            (Set, Clear) = Change(Set, Clear, plain);
            return true;
        }

        // The recursive form has an "r" in front; "ro", "rw" and "relatime" themselves have been taken already.
        if (option.StartsWith('r') && AttributeOf(option[1..]) is { } recursive)
        {
            (RecursiveSet, RecursiveClear) = Change(RecursiveSet, RecursiveClear, recursive);
            return true;
        }

        return false;
    }

    private static (MountAttributes Set, MountAttributes Clear) Change(MountAttributes set, MountAttributes clear, (MountAttributes Attribute, bool On) change)
    {
        (MountAttributes attribute, bool on) = change;
        if ((attribute & MountAttributes.MOUNT_ATTR__ATIME) != 0 || attribute == MountAttributes.None)
        {
            // The ways of keeping access times are one field: relatime is its zero, and setting any clears it first.
            MountAttributes others = set & ~MountAttributes.MOUNT_ATTR__ATIME;
            return (on ? others | attribute : others, clear | MountAttributes.MOUNT_ATTR__ATIME);
        }

        return on ? (set | attribute, clear & ~attribute) : (set & ~attribute, clear | attribute);
    }

    private static (MountAttributes Attribute, bool On)? AttributeOf(string option) => option switch
    {
        "ro" => (MountAttributes.MOUNT_ATTR_RDONLY, true),
        "rw" => (MountAttributes.MOUNT_ATTR_RDONLY, false),
        "nosuid" => (MountAttributes.MOUNT_ATTR_NOSUID, true),
        "suid" => (MountAttributes.MOUNT_ATTR_NOSUID, false),
        "nodev" => (MountAttributes.MOUNT_ATTR_NODEV, true),
        "dev" => (MountAttributes.MOUNT_ATTR_NODEV, false),
        "noexec" => (MountAttributes.MOUNT_ATTR_NOEXEC, true),
        "exec" => (MountAttributes.MOUNT_ATTR_NOEXEC, false),
        "nodiratime" => (MountAttributes.MOUNT_ATTR_NODIRATIME, true),
        "diratime" => (MountAttributes.MOUNT_ATTR_NODIRATIME, false),
        "nosymfollow" => (MountAttributes.MOUNT_ATTR_NOSYMFOLLOW, true),
        "symfollow" => (MountAttributes.MOUNT_ATTR_NOSYMFOLLOW, false),
        "noatime" => (MountAttributes.MOUNT_ATTR_NOATIME, true),
        "atime" => (MountAttributes.MOUNT_ATTR_NOATIME, false),
        "strictatime" => (MountAttributes.MOUNT_ATTR_STRICTATIME, true),
        "nostrictatime" => (MountAttributes.MOUNT_ATTR_STRICTATIME, false),
        "relatime" => (MountAttributes.None, true),
        "norelatime" => (MountAttributes.None, false),
        _ => null,
    };

    private void SetFileSystemFlag(string name, MountFlags flag)
    {
        if (!FileSystemFlags.HasFlag(flag))
        {
            FileSystemFlags |= flag;
            _fileSystemFlags.Add(name);
        }
    }

    private void ClearFileSystemFlag(string name, MountFlags flag)
    {
        FileSystemFlags &= ~flag;
        _fileSystemFlags.Remove(name);
    }

    /// <summary>Every option that has a meaning of its own here, for the features document.</summary>
    /// <remarks>runtime-spec, features.md, "Mount options".</remarks>
    public static IReadOnlyList<string> Known =>
    [
        "async", "atime", "bind", "copy-symlink", "defaults", "dest-nofollow", "dev", "diratime", "dirsync", "exec", "idmap",
        "iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand",
        "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
        "remount", "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
        "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow",
        "runbindable", "rw", "shared", "silent", "slave", "src-nofollow", "strictatime", "suid", "symfollow", "sync", "tmpcopyup",
        "unbindable",
    ];
}
