using Bulkhead.Cgroups.Systemd;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>A container's cgroup: one directory in the cgroup2 hierarchy, one in each cgroup v1 hierarchy, or both; or none.</summary>
/// <remarks>
/// Its life, as the engine leads it:
/// <code>
/// using ICgroup cgroup = Cgroup.ForContainer(id, spec.Linux.CgroupsPath);   // looks where, makes nothing
/// cgroup.CreateCloneTarget();      // 1. what clone3 needs with CLONE_INTO_CGROUP; null without a cgroup2 mount
/// // clone3: the child holds a copy of the object as it is now
/// cgroup.Create(pid);              // 2. the other directories
/// cgroup.Apply(spec.Linux.Resources);
/// cgroup.Delegate(user);           //    where the container is to divide it
/// // parent to child: "the cgroup is ready"
/// cgroup.JoinSelf();               // 3. in the child, on its own copy
/// // later, from the state document: freeze, statistics, kill
/// using ICgroup again = Cgroup.Open(version, paths);
/// again.KillAll(9);
/// again.Remove();                  // 4. when its last process is gone
/// </code>
/// An object is used by one thread at a time. Every method may throw <see cref="LinuxException"/> for a call that failed
/// and <see cref="CgroupException"/> for what can't be done with this kernel or layout.
/// </remarks>
public interface ICgroup : IDisposable
{
    /// <summary>The layout it is in.</summary>
    CgroupVersion Version { get; }

    /// <summary>
    /// The directories on the host, by controller (<c>memory</c>, <c>name=systemd</c>); the empty name is the cgroup2 one.
    /// Controllers that share a hierarchy share the directory. Empty when the container has no cgroup of its own.
    /// </summary>
    IReadOnlyDictionary<string, string> Paths { get; }

    /// <summary>
    /// Where the container's processes are: <see cref="Paths"/> and, in hierarchies in which the caller may make no cgroup, the
    /// caller's own directories.
    /// </summary>
    IReadOnlyDictionary<string, string> ProcessPaths { get; }

    /// <summary>The cgroup2 directory for clone3(2), once it is made; null where no cgroup2 is mounted. The object keeps it.</summary>
    DirectoryHandle? CloneTarget { get; }

    /// <summary>Makes the cgroup2 directory alone, so that a process can be cloned into it before the others are made.</summary>
    /// <remarks>One taken up with <see cref="Cgroup.Open"/> is only opened: ENOENT when it is gone.</remarks>
    /// <returns>What <see cref="CloneTarget"/> is from now on: null where no cgroup2 is mounted.</returns>
    DirectoryHandle? CreateCloneTarget();

    /// <summary>Makes the directories that are missing, enables controllers above them, and remembers which it made.</summary>
    /// <param name="process">The process that the cgroup is for. Where systemd makes the cgroup it moves it there at once.</param>
    void Create(int process = 0);

    /// <summary>
    /// Gives the cgroup2 directory to a user, who can make cgroups in it then. With cgroup v1 and the hybrid layout it does
    /// nothing: nobody but root can be trusted with those.
    /// </summary>
    /// <param name="user">The user's id, as the caller's user namespace has it.</param>
    /// <remarks>runtime-spec, config-linux.md, "Cgroup ownership".</remarks>
    void Delegate(uint user);

    /// <summary>The unit of systemd that the cgroup belongs to; null where it is made by files.</summary>
    SystemdUnit? Unit { get; }

    /// <summary>
    /// Whether <see cref="Create"/> found the cgroup in place. It may hold somebody's processes then: <see cref="Processes"/>.
    /// </summary>
    bool AlreadyExisted { get; }

    /// <summary>Writes limits; what is absent is left alone.</summary>
    /// <remarks>
    /// A property that this layout has no file for is an error that names the property. Devices are special as in runc:
    /// absent and empty are the same, and mean the devices that every container may use.
    /// </remarks>
    void Apply(LinuxResources resources);

    /// <summary>Writes limits of a container that exists; its device rules stay as they are when none are given.</summary>
    void Update(LinuxResources resources);

    /// <summary>Moves the calling process, which has one thread, into the cgroup.</summary>
    /// <param name="clonedIntoTarget">Whether it was cloned into <see cref="CloneTarget"/>, and so is there already.</param>
    /// <remarks>
    /// Works from what was known when the object was made, so that a child may call it on its own copy; the parent must
    /// have returned from <see cref="Create"/>.
    /// </remarks>
    void JoinSelf(bool clonedIntoTarget = true);

    /// <summary>Moves a process into the cgroup in every hierarchy.</summary>
    /// <param name="pid">A process's id in the caller's pid namespace.</param>
    void Add(int pid);

    /// <summary>Freezes or thaws every process in the cgroup and returns when the kernel has done so.</summary>
    /// <exception cref="CgroupException">The kernel did not in ten seconds (v1: after a thousand attempts).</exception>
    void SetFrozen(bool frozen);

    /// <summary>Whether it is frozen, or was told to.</summary>
    bool IsFrozen { get; }

    /// <summary>The processes in the cgroup and in those below it, by their ids in the caller's pid namespace, ascending.</summary>
    IReadOnlyList<int> Processes();

    /// <summary>Sends a signal to every process in the cgroup and below.</summary>
    /// <remarks>SIGKILL leaves none, however fast they fork: the kernel does it at once, or they are frozen meanwhile.</remarks>
    void KillAll(int signal);

    /// <summary>What the kernel has counted. What it does not count here is zero or empty.</summary>
    CgroupStatistics Statistics();

    /// <summary>Learns from now on of processes that the kernel kills for want of memory; null where no memory controller counts them.</summary>
    IOutOfMemoryWatch? WatchOutOfMemory();

    /// <summary>Removes the cgroup's directories and those below, deepest first; missing ones are fine.</summary>
    /// <exception cref="LinuxException">EBUSY: there are still processes after the bounded time of waiting.</exception>
    void Remove();
}
