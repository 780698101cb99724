namespace Bulkhead.Runtime.Containers;

/// <summary>What a caller wants of CRIU, for a checkpoint or a restore.</summary>
/// <remarks>criu(8).</remarks>
public sealed record CriuOptions
{
    /// <summary>The folder of the images, an absolute path.</summary>
    public required string ImagePath { get; init; }

    /// <summary>The folder for logs and what else is not image, an absolute path; null for that of the images.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Takes established TCP connections along.</summary>
    public bool TcpEstablished { get; init; }

    /// <summary>Closes established TCP connections.</summary>
    public bool TcpClose { get; init; }

    /// <summary>Leaves out TCP connections that are being made.</summary>
    public bool TcpSkipInFlight { get; init; }

    /// <summary>Allows unix sockets whose other end is outside.</summary>
    public bool ExternalUnixSockets { get; init; }

    /// <summary>Allows a session and a terminal that are the caller's.</summary>
    public bool ShellJob { get; init; }

    /// <summary>Takes file locks along.</summary>
    public bool FileLocks { get; init; }

    /// <summary>Gives removed files that are still open a name for the time between.</summary>
    public bool LinkRemap { get; init; }

    /// <summary>Removes from earlier images the memory that a later one has as well.</summary>
    public bool AutoDeduplicate { get; init; }

    /// <summary>Restores memory when it is first touched.</summary>
    public bool LazyPages { get; init; }

    /// <summary>How much of the cgroups is taken along.</summary>
    public CriuCgroupMode CgroupMode { get; init; } = CriuCgroupMode.Default;

    /// <summary>The server that memory goes to instead of the images; null for none.</summary>
    public CriuPageServer? PageServer { get; init; }

    /// <summary>An LSM profile to restore with, as <c>TYPE:NAME</c>; null for the one that was.</summary>
    public string? LsmProfile { get; init; }

    /// <summary>The LSM context of mounts to restore with; null for the one that was.</summary>
    public string? LsmMountContext { get; init; }
}

/// <summary>How CRIU treats cgroups, with the numbers of its protocol.</summary>
public enum CriuCgroupMode
{
    /// <summary>Leaves them alone.</summary>
    Ignore = 0,

    /// <summary>Restores properties of cgroups that it makes itself.</summary>
    Soft = 3,

    /// <summary>Restores all, also of those it finds.</summary>
    Full = 4,

    /// <summary>As full, and fails if there is one already.</summary>
    Strict = 5,

    /// <summary>What CRIU prefers.</summary>
    Default = 6,
}

/// <summary>A server for memory pages.</summary>
/// <param name="Address">Its address or name.</param>
/// <param name="Port">Its port, from 1.</param>
public sealed record CriuPageServer(string Address, ushort Port);

/// <summary>What a caller wants of a checkpoint.</summary>
public sealed record CheckpointOptions
{
    /// <summary>What CRIU is told.</summary>
    public required CriuOptions Criu { get; init; }

    /// <summary>The folder of an earlier memory image, relative to the images' folder; null for none.</summary>
    public string? ParentPath { get; init; }

    /// <summary>Leaves the container running.</summary>
    public bool LeaveRunning { get; init; }

    /// <summary>Writes the memory alone and leaves the container running.</summary>
    public bool PreDump { get; init; }

    /// <summary>A descriptor of the caller's that gets a zero byte once lazy pages can be asked for; null for none.</summary>
    public int? StatusDescriptor { get; init; }
}

/// <summary>What a caller wants of a container that is restored.</summary>
public sealed record RestoreOptions
{
    /// <summary>The container.</summary>
    public required CreateOptions Create { get; init; }

    /// <summary>What CRIU is told.</summary>
    public required CriuOptions Criu { get; init; }

    /// <summary>Returns when it is restored, and not when it has ended.</summary>
    public bool Detach { get; init; }

    /// <summary>Does not adopt orphans of the container.</summary>
    public bool NoSubreaper { get; init; }
}
