using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Checkpoint;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Foreground;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Containers;

/// <summary>The containers under one state root.</summary>
/// <param name="root">The state root's path; made when the first container is.</param>
/// <param name="log">Where warnings and timings go; null for nowhere.</param>
/// <param name="isRootless">
/// Whether a container without limits goes without the cgroups that the caller may not make; absent: if the caller is a user
/// without privileges, or root of a user namespace only.
/// </param>
public sealed class ContainerStore(string root, EngineLog? log = null, bool? isRootless = null)
{
    private const int ExitSuccess = 0;
    private const UnixFileMode RootPermissions = (UnixFileMode)0b111_001_001;

    // The sticky bit keeps a user's folder from those who clear out what lies long in it: XDG Base Directory Specification.
    private const UnixFileMode RootPermissionsOfUser = (UnixFileMode)0b1_111_000_000;

    private readonly EngineLog _log = log ?? new EngineLog();

    /// <summary>Makes a container whose init process waits for <see cref="Container.Start"/>.</summary>
    /// <exception cref="ContainerException">It can't be made; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public void Create(CreateOptions options) => Explain($"create container \"{options.Id}\"", () =>
    {
        SignalHold.Begin();
        Bundle bundle = Bundle.Load(options.Bundle);
        RequireConsoleSocket(bundle.HasTerminal, options.ConsoleSocket);
        (CreateSequence sequence, Container container, StateFolder folder) = Make(options, bundle, waits: true);
        using (folder)
        using (sequence)
        {
            try
            {
                sequence.Commit();
            }
            catch (Exception)
            {
                Abandon(sequence, container, folder);
                throw;
            }
        }

        return ExitSuccess;
    });

    /// <summary>Makes a container, starts it and, unless it is to be detached, stays until its end and deletes it.</summary>
    /// <returns>The exit code of its init process; 0 when detached.</returns>
    /// <exception cref="ContainerException">It can't be made or started; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public int Run(RunOptions options) => Explain($"run container \"{options.Create.Id}\"", () =>
    {
        CreateOptions create = options.Create;
        SignalHold.Begin();
        Bundle bundle = Bundle.Load(create.Bundle);
        if (options.Detach)
        {
            RequireConsoleSocket(bundle.HasTerminal, create.ConsoleSocket);
        }
        else if (create.ConsoleSocket is not null)
        {
            throw new ContainerException("a console socket is of use only to a container that is detached");
        }

        if (!options.NoSubreaper && !options.Detach)
        {
            ProcessIdentity.SetSubreaper();
        }

        (CreateSequence sequence, Container container, StateFolder folder) = Make(create, bundle, waits: false);
        using (sequence)
        {
            PidFd process;
            FileDescriptor? master;
            using (folder)
            {
                try
                {
                    (process, master) = sequence.Commit();
                    container.RunPoststartHooks();
                }
                catch (Exception)
                {
                    Abandon(sequence, container, folder);
                    throw;
                }
            }

            return options.Detach ? ExitSuccess : Attend(container, process, master, options.Keep);
        }
    });

    /// <summary>Makes a container out of a checkpoint and, unless it is to be detached, stays until its end and deletes it.</summary>
    /// <returns>The exit code of its init process; 0 when detached.</returns>
    /// <exception cref="ContainerException">It can't be restored; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public int Restore(RestoreOptions options) => Explain($"restore container \"{options.Create.Id}\"", () =>
    {
        CreateOptions create = options.Create;
        SignalHold.Begin();
        Bundle bundle = Bundle.Load(create.Bundle);
        RequireConsoleSocket(bundle.HasTerminal && options.Detach, create.ConsoleSocket);
        if (!options.NoSubreaper && !options.Detach)
        {
            ProcessIdentity.SetSubreaper();
        }

        MountTable.ChangeDirectory(create.Bundle);
        CreatePlan plan = CreatePlanner.Plan(create, bundle.Spec, seccomp: null, isRootless ?? IsUser(), _log);
        ContainerRecord record = NewRecord(plan, bundle.Config) with { IsRestored = true };
        Container container = new(this, record, _log, bundle.Spec);
        SignalHold.Complete();
        PidFd process;
        FileDescriptor? master;
        using (StateFolder folder = StateFolder.Create(MakeRoot(IsUser()), create.Id))
        using (RestoreSequence sequence = new(plan, options, folder, _log))
        {
            try
            {
                RequireFreeCgroup(plan.Cgroup);
                folder.Write(record);
                (process, master) = sequence.Run(record);
            }
            catch (Exception)
            {
                sequence.Undo();
                if (sequence.HasRunHooks)
                {
                    container.RunPoststopHooks();
                }

                folder.Remove();
                throw;
            }
        }

        return options.Detach ? ExitSuccess : Attend(container, process, master, keep: false);
    });

    /// <summary>Finds a container.</summary>
    /// <exception cref="ContainerException">There is none of that id.</exception>
    public Container Open(ContainerId id) =>
        TryOpen(id) ?? throw new ContainerException($"container \"{id}\" does not exist");

    /// <summary>Finds a container; null when there is none of that id.</summary>
    /// <exception cref="ContainerException">Its state document is damaged.</exception>
    public Container? TryOpen(ContainerId id)
    {
        if (TryOpenFolder(id) is not { } folder)
        {
            return null;
        }

        using (folder)
        {
            return folder.TryRead() is { } record ? new Container(this, record, _log) : null;
        }
    }

    /// <summary>All containers, in the order of their ids.</summary>
    /// <exception cref="LinuxException">The state root can't be read.</exception>
    public IReadOnlyList<Container> List()
    {
        List<Container> containers = [];
        using DirectoryHandle? directory = TryOpenRoot();
        List<string> names = directory?.Names() ?? [];
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (ContainerId.TryParse(name, out ContainerId id) && TryOpenUndamaged(id) is { } container)
            {
                containers.Add(container);
            }
        }

        return containers;
    }

    /// <summary>Removes a container whatever its state, and what a create that was killed has left. There need not be anything.</summary>
    /// <exception cref="ContainerException">It could not be removed.</exception>
    public void DeleteByForce(ContainerId id)
    {
        Container? container;
        while ((container = TryOpenUndamaged(id)) is null)
        {
            if (TryRemoveRemains(id))
            {
                return;
            }
        }

        container.Delete(force: true);
    }

    /// <summary>Removes a state folder without a document, or with a damaged one; to find nothing is as good.</summary>
    /// <returns>False when there is a document by now: who held the lock was a create.</returns>
    private bool TryRemoveRemains(ContainerId id)
    {
        using StateFolder? folder = TryOpenFolder(id);
        folder?.Lock();
        if (folder is null or { IsGone: true })
        {
            return true;
        }

        if (TryOpenUndamaged(id) is not null)
        {
            return false;
        }

        folder.Remove();
        return true;
    }

    /// <summary>As <see cref="TryOpen"/>, but a damaged document is as good as none, and warned of.</summary>
    private Container? TryOpenUndamaged(ContainerId id)
    {
        try
        {
            return TryOpen(id);
        }
        catch (ContainerException error) when (error.InnerException is System.Text.Json.JsonException)
        {
            _log.Warning?.Invoke(error.Message);
            return null;
        }
    }

    internal StateFolder? TryOpenFolder(ContainerId id) => TryOpenRoot() is { } directory ? StateFolder.TryOpen(directory, id) : null;

    internal SeccompProgram? ProvideSeccomp(LinuxSeccomp? profile)
    {
        using DirectoryHandle directory = DirectoryHandle.Open(root);
        return SeccompSetup.Provide(profile, directory, _log);
    }

    private (CreateSequence Sequence, Container Container, StateFolder Folder) Make(CreateOptions options, Bundle bundle, bool waits)
    {
        _log.EndPhase("config");
        SignalHold.Complete();
        OwnBinary.Protect();

        // As with runc: hooks with relative paths of their own count on it.
        MountTable.ChangeDirectory(options.Bundle);
        _log.EndPhase("binary");
        bool isUser = IsUser();
        DirectoryHandle directory = MakeRoot(isUser);
        SeccompProgram? seccomp = SeccompSetup.Provide(bundle.Spec.Linux?.Seccomp, directory, _log);
        _log.EndPhase("seccomp");
        CreatePlan plan = CreatePlanner.Plan(options, bundle.Spec, seccomp, isRootless ?? isUser, _log);
        _log.EndPhase("plan");

        ContainerRecord record = NewRecord(plan, bundle.Config);
        Container container = new(this, record, _log, bundle.Spec);
        StateFolder folder = StateFolder.Create(directory, options.Id);
        CreateSequence? sequence = null;
        try
        {
            RequireFreeCgroup(plan.Cgroup);
            WarnOfStrays(plan);
            folder.Write(record);
            plan = waits ? plan with { StartFifo = folder.CreateStartFifo() } : plan;
            _log.EndPhase("state");
            sequence = new CreateSequence(plan, options, folder, _log);
            return (sequence, new Container(this, sequence.Run(record), _log, bundle.Spec), folder);
        }
        catch (Exception)
        {
            Abandon(sequence, container, folder);
            sequence?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Removes what a failed create has made: process, cgroup, what its hooks made, state, in this order.</summary>
    /// <remarks>
    /// runtime-spec, runtime.md, "Lifecycle": a failure leads to the steps of destruction, and so to the poststop hooks,
    /// which take back what the earlier ones made. Before there is a process no hook has run.
    /// </remarks>
    private static void Abandon(CreateSequence? sequence, Container container, StateFolder folder)
    {
        if (sequence is not null)
        {
            sequence.Undo();
            container.RunPoststopHooks();
        }

        folder.Remove();
    }

    private int Attend(Container container, PidFd process, FileDescriptor? terminal, bool keep)
    {
        int code;
        using (terminal)
        using (SignalReader signals = SignalHold.Open(withChildren: !Container.NamespacesOf(container.Spec).HasFlag(NamespaceKinds.Pid)))
        using (ForegroundProcess foreground = new(process, terminal, signals))
        {
            _log.EndPhase("attach");
            code = foreground.Serve();
            _log.EndPhase("program");
        }

        if (!keep)
        {
            container.Delete(force: true);
            _log.EndPhase("delete");
        }

        return code;
    }

    /// <summary>Refuses a cgroup that somebody uses: its processes would share the container's limits, and end with it.</summary>
    /// <remarks>Before the cgroup is on record, so that a delete does not find it. runc refuses the same.</remarks>
    private static void RequireFreeCgroup(ICgroup cgroup)
    {
        int count = cgroup.Processes().Count;
        if (count > 0 || cgroup.IsFrozen)
        {
            string path = cgroup.Paths.Values.First();
            throw new ContainerException(count > 0
                ? $"linux.cgroupsPath: the cgroup {path} has processes already, {count}"
                : $"linux.cgroupsPath: the cgroup {path} is frozen");
        }
    }

    private void WarnOfStrays(CreatePlan plan)
    {
        if (plan.Cgroup.Paths.Count == 0 && !plan.NewNamespaces.HasFlag(NamespaceKinds.Pid))
        {
            _log.Warning?.Invoke("the container has neither a cgroup nor a new PID namespace: processes that its init process leaves behind can't be found and ended");
        }
    }

    private static ContainerRecord NewRecord(CreatePlan plan, byte[] config) => new()
    {
        Id = plan.Id,
        Bundle = plan.Bundle,
        Rootfs = plan.Rootfs,
        Created = DateTimeOffset.UtcNow,
        Owner = ProcessIdentity.EffectiveUser,
        CgroupVersion = plan.Cgroup.Paths.Count == 0 ? null : plan.Cgroup.Version,
        CgroupPaths = plan.Cgroup.Paths,
        CgroupUnit = plan.Cgroup.Unit,
        ResctrlGroups = plan.Resctrl?.Recorded ?? [],
        ResctrlGroupWhileMade = plan.Resctrl?.RecordedWhileMade,
        Streams = plan.Process.Terminal ? [] : ExternalStreams.OfCaller(),
        Config = config,
    };

    private static void RequireConsoleSocket(bool hasTerminal, string? socket)
    {
        if (hasTerminal != socket is not null)
        {
            throw new ContainerException(hasTerminal
                ? "process.terminal needs a console socket for a container that is detached"
                : "a console socket is of use only to a container with process.terminal");
        }
    }

    private static bool IsUser() => ProcessIdentity.EffectiveUser != 0 || !Namespaces.IsFirstUser();

    private DirectoryHandle MakeRoot(bool isUser) => HostDirectories.Make(root, isUser ? RootPermissionsOfUser : RootPermissions);

    private DirectoryHandle? TryOpenRoot()
    {
        try
        {
            return DirectoryHandle.Open(root);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>Says with every failure which operation on which container it ended.</summary>
    internal static T Explain<T>(string operation, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception error) when (error is LinuxException or SpecException or CgroupException or IOException)
        {
            throw new ContainerException($"{operation}: {error.Message}", error);
        }
        catch (ContainerException error) when (!error.Message.StartsWith(operation, StringComparison.Ordinal))
        {
            throw new ContainerException($"{operation}: {error.Message}", error);
        }
    }
}
