using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Checkpoint;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Exec;
using Bulkhead.Runtime.Hooks;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Runtime.Rootfs;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Containers;

/// <summary>A container that exists, as its state document and the kernel show it.</summary>
/// <remarks>
/// Its status is asked of the kernel each time and kept nowhere. Operations that change it hold the lock of its state
/// folder; those that only look, and signals, do not, so that they work while a hook of a longer operation runs.
/// </remarks>
public sealed class Container
{
    private static readonly TimeSpan s_endingLimit = TimeSpan.FromMilliseconds(100);

    private readonly ContainerStore _store;
    private readonly ContainerRecord _record;
    private readonly EngineLog _log;
    private Spec? _spec;

    internal Container(ContainerStore store, ContainerRecord record, EngineLog log, Spec? spec = null)
    {
        _store = store;
        _record = record;
        _log = log;
        _spec = spec;
    }

    /// <summary>The id.</summary>
    public ContainerId Id => _record.Id;

    /// <summary>The bundle, an absolute path.</summary>
    public string Bundle => _record.Bundle;

    /// <summary>The root file system, an absolute path on the host.</summary>
    public string Rootfs => _record.Rootfs;

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created => _record.Created;

    /// <summary>The uid of who made it.</summary>
    public uint Owner => _record.Owner;

    /// <summary>The document it was made from, whatever the bundle holds by now.</summary>
    public Spec Spec => _spec ??= SpecJson.ReadSpec(_record.Config.Span);

    /// <summary>The init process's number in the runtime's PID namespace; 0 when it has ended.</summary>
    public int Pid => Init.IsAlive ? _record.Pid : 0;

    private bool HasCgroup => _record.CgroupPaths.Count > 0;

    private InitProcess Init => new(_record.Pid, _record.StartTime);

    /// <summary>Where it is in its life, at this moment.</summary>
    public ContainerStatus Status
    {
        get
        {
            if (!Init.IsAlive)
            {
                // Without a process on record the create is still under way, or was killed; both can be deleted by force.
                return _record.Pid == 0 && IsBeingMade() ? ContainerStatus.Creating : ContainerStatus.Stopped;
            }

            if (IsFrozen())
            {
                return ContainerStatus.Paused;
            }

            using StateFolder? folder = _store.TryOpenFolder(Id);
            if (folder is { IsWaitingForStart: true })
            {
                return ContainerStatus.Created;
            }

            // One that has ended since it was looked at does not wait, but does not run either.
            return Init.IsAlive ? ContainerStatus.Running : ContainerStatus.Stopped;
        }
    }

    /// <summary>Opens its cgroup.</summary>
    /// <exception cref="CgroupException">The cgroups are mounted in another way than when it was made.</exception>
    public ICgroup OpenCgroup() => Cgroup.Open(_record.CgroupVersion ?? CgroupVersion.V2, _record.CgroupPaths, _record.CgroupUnit);

    /// <summary>The state document.</summary>
    /// <remarks>runtime-spec, runtime.md, "State".</remarks>
    public State ToState()
    {
        ContainerStatus status = Status;
        return new State
        {
            OciVersion = Spec.OciVersion,
            Id = Id.ToString(),
            Status = status.Word(),
            Pid = status == ContainerStatus.Stopped ? 0 : _record.Pid,
            Bundle = Bundle,
            Annotations = Spec.Annotations,
        };
    }

    /// <summary>Lets the user's program begin.</summary>
    /// <exception cref="ContainerException">It is not created, or its init process has ended meanwhile.</exception>
    public void Start() => Change("start", static (container, folder) =>
    {
        container.Require(ContainerOperation.Start);
        try
        {
            // runtime-spec, config.md, "Poststart": after the user-specified process is executed.
            // Nor can a user enter the container before.
            folder.ReleaseStartFifo(untilExecuted: container.Spec.Hooks?.Poststart is { Length: > 0 } || ProcessIdentity.EffectiveUser != 0);
        }
        catch (LinuxException error) when (error.Error is Errno.ENXIO)
        {
            throw new ContainerException("its init process has ended", error);
        }

        try
        {
            container.RunPoststartHooks();
        }
        catch (IOException)
        {
            // runtime-spec 1.3, runtime.md, "Lifecycle", step 9: stop the container, and go on with its destruction.
            container.Destroy(folder);
            throw;
        }
    });

    /// <summary>Sends a signal to the init process or to all.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="all">Whether every process of its cgroup gets it; then a container that has ended is no error.</param>
    /// <exception cref="ContainerException">It has ended.</exception>
    public void Signal(Signal signal, bool all) => Explain("kill", () =>
    {
        if (all && HasCgroup)
        {
            using ICgroup cgroup = OpenCgroup();
            cgroup.KillAll(signal.Number);
            return;
        }

        // "container not running" is what callers look for.
        using PidFd? init = Init.Find();
        if (init is null || !init.Send(signal))
        {
            throw new ContainerException($"it is {Status.Word()}, not created or running: container not running");
        }

        if (all && (signal != Linux.Processes.Signal.Kill || !NamespacesOf(Spec).HasFlag(NamespaceKinds.Pid)))
        {
            _log.Warning?.Invoke("only the init process gets the signal: without a cgroup the others can't be found");
        }

        if (signal == Linux.Processes.Signal.Kill)
        {
            // A frozen process dies only when it is thawed.
            Thaw();
        }
    });

    /// <summary>Removes what is left of it.</summary>
    /// <param name="force">Whether a container that runs is killed first.</param>
    /// <exception cref="ContainerException">It runs.</exception>
    public void Delete(bool force) => Change("delete", (container, folder) =>
    {
        if (!force && !container.Status.Allows(ContainerOperation.Delete))
        {
            // Callers kill and delete in one breath, and the process may still be ending.
            container.Init.WaitForEnd(s_endingLimit);
            container.Require(ContainerOperation.Delete);
        }

        container.Destroy(folder);
    }, goneIsFine: force);

    /// <summary>Freezes its processes.</summary>
    /// <exception cref="ContainerException">It does not run.</exception>
    public void Pause() => Change("pause", static (container, _) =>
    {
        container.Require(ContainerOperation.Pause);
        using ICgroup cgroup = container.OpenCgroup();
        cgroup.SetFrozen(true);
    });

    /// <summary>Thaws its processes.</summary>
    /// <exception cref="ContainerException">It is not paused.</exception>
    public void Resume() => Change("resume", static (container, _) =>
    {
        container.Require(ContainerOperation.Resume);
        using ICgroup cgroup = container.OpenCgroup();
        cgroup.SetFrozen(false);
    });

    /// <summary>Changes limits.</summary>
    /// <param name="resources">The limits to change; what is absent stays.</param>
    /// <param name="shares">The shares of cache and memory bandwidth to change; null for none.</param>
    /// <exception cref="ContainerException">It has ended, or the kernel refuses a limit.</exception>
    public void Update(LinuxResources resources, LinuxIntelRdt? shares = null) => Change("update", (container, folder) =>
    {
        container.Require(ContainerOperation.Update);
        ResctrlGroup? group = shares is null ? null : ResctrlGroup.ForUpdate(shares, container.Spec.Linux?.IntelRdt, container.Id);
        using ICgroup cgroup = container.OpenCgroup();
        cgroup.Update(container.WithPresentSwap(resources, cgroup.Version));
        if (resources.Memory?.Swap is not (null or 0) and var swap)
        {
            folder.Write(container._record with { MemorySwap = swap });
        }

        group?.Update(Schemata.Combine(shares!.L3CacheSchema, shares.MemBwSchema));
    });

    /// <summary>Writes its processes to disk and, unless they are to go on, ends and removes it.</summary>
    /// <exception cref="ContainerException">It does not run, or CRIU failed: it goes on as it did.</exception>
    public void Checkpoint(CheckpointOptions options) => Change("checkpoint", (container, folder) =>
    {
        container.Require(ContainerOperation.Checkpoint);
        CheckpointOperation.Run(container, container._record, options);
        if (!options.LeaveRunning && !options.PreDump)
        {
            container.Destroy(folder);
        }
    });

    /// <summary>What the kernel says of its group of resctrl; null when it has none, or none any more.</summary>
    /// <exception cref="LinuxException">It can't be read.</exception>
    public ResctrlStatistics? ResctrlStatistics() => ResctrlGroup.Find(Spec.Linux?.IntelRdt, Id)?.Statistics();

    /// <summary>The processes in it, by their numbers in the runtime's PID namespace.</summary>
    /// <exception cref="ContainerException">It has no cgroup to find them by.</exception>
    public IReadOnlyList<int> Processes()
    {
        if (!HasCgroup)
        {
            throw new ContainerException($"list the processes of container \"{Id}\": it has no cgroup to find them by");
        }

        using ICgroup cgroup = OpenCgroup();
        return cgroup.Processes();
    }

    /// <summary>Runs a further process in it.</summary>
    /// <returns>Its exit code; 0 when detached.</returns>
    /// <exception cref="ContainerException">It does not run, or the process can't be started.</exception>
    public int Exec(ExecOptions options) => ContainerStore.Explain($"exec in container \"{Id}\"", () =>
    {
        using PidFd init = Init.Find() ?? throw new ContainerException("it is stopped: container not running");
        if (IsFrozen() && !options.IgnorePaused)
        {
            throw new ContainerException("it is paused (--ignore-paused starts the process all the same)");
        }

        if (ProcessIdentity.EffectiveUser != 0 && Status == ContainerStatus.Created)
        {
            // The init process is protected from its own user until it has become the program, and so are its namespaces:
            // docs/decisions/0006-no-exec-before-start-for-users.md.
            throw new ContainerException("it is created, and only root can enter it before it is started");
        }

        return ExecOperation.Run(this, _store, init, options, _log);
    });

    internal void RunPoststartHooks()
    {
        if (Spec.Hooks?.Poststart is { Length: > 0 } hooks)
        {
            // A program that has ended by now is no other case for the hooks than one that ends while they run.
            HookRunner.Run("poststart", hooks, SpecJson.Write(ToState() with { Status = State.Running, Pid = _record.Pid }));
        }
    }

    /// <summary>The kinds of namespace that this container does not share with its caller.</summary>
    internal NamespaceKinds OwnNamespaces => NamespacesOf(Spec) | (_record.IsRestored ? NamespaceKinds.Time : NamespaceKinds.None);

    /// <summary>The kinds of namespace that a container does not share with its caller.</summary>
    internal static NamespaceKinds NamespacesOf(Spec spec)
    {
        NamespaceKinds kinds = NamespaceKinds.None;
        foreach (LinuxNamespace part in spec.Linux?.Namespaces ?? [])
        {
            kinds |= CreatePlanner.Kind(part.Type);
        }

        return kinds;
    }

    /// <summary>Runs the hooks that come after a container's end; one that fails gives a warning.</summary>
    internal void RunPoststopHooks()
    {
        if (Spec.Hooks?.Poststop is not { Length: > 0 } hooks)
        {
            return;
        }

        byte[] state = SpecJson.Write(ToState() with { Status = State.Stopped, Pid = 0 });
        foreach (Hook hook in hooks)
        {
            try
            {
                HookRunner.Run("poststop", [hook], state);
            }
            catch (IOException error)
            {
                // The specification wants the others to run and the container to be gone all the same.
                _log.Warning?.Invoke(error.Message);
            }
        }
    }

    /// <summary>A new memory limit leaves that of memory and swap together as it is, which cgroup v2 does not have: there swap counts alone.</summary>
    /// <remarks>What the kernel says of swap is no substitute: a limit of swap alone, by <c>unified</c>, is to stay as it is.</remarks>
    private LinuxResources WithPresentSwap(LinuxResources resources, CgroupVersion version) =>
        version == CgroupVersion.V2 && resources.Memory is { Limit: > 0, Swap: null or 0 } memory
        && (_record.MemorySwap ?? Spec.Linux?.Resources?.Memory?.Swap) is > 0 and var swap
            ? resources with { Memory = memory with { Swap = swap } } : resources;

    /// <summary>Ends what runs and takes back all that was made.</summary>
    private void Destroy(StateFolder folder)
    {
        Init.Kill(Thaw);
        using (ICgroup cgroup = OpenCgroup())
        {
            cgroup.KillAll(Linux.Processes.Signal.Kill.Number);
            cgroup.Remove();
        }

        ResctrlGroup.Remove(_record.ResctrlGroups, _record.ResctrlGroupWhileMade);
        HostMounts.Remove(Spec, _record.Rootfs);
        RunPoststopHooks();
        folder.Remove();
    }

    /// <summary>Thaws it, if it is frozen.</summary>
    private void Thaw()
    {
        using ICgroup cgroup = OpenCgroup();
        if (cgroup.IsFrozen)
        {
            cgroup.SetFrozen(false);
        }
    }

    private bool IsFrozen()
    {
        using ICgroup cgroup = OpenCgroup();
        return cgroup.IsFrozen;
    }

    private bool IsBeingMade()
    {
        using StateFolder? folder = _store.TryOpenFolder(Id);
        return folder is not null && folder.IsLocked;
    }

    private void Require(ContainerOperation operation)
    {
        ContainerStatus status = Status;
        if (!status.Allows(operation))
        {
            throw new ContainerException($"it is {status.Word()}, {Wanted(operation)}");
        }
    }

    private static string Wanted(ContainerOperation operation)
    {
        List<string> words = [];
        foreach (ContainerStatus status in Enum.GetValues<ContainerStatus>())
        {
            if (status.Allows(operation))
            {
                words.Add(status.Word());
            }
        }

        return $"not {string.Join(" or ", words)}";
    }

    /// <summary>Does something to the container while no other command changes it.</summary>
    /// <param name="verb">What is done.</param>
    /// <param name="act">Does it.</param>
    /// <param name="goneIsFine">Whether there is nothing to do, and no error, when another command has removed the container meanwhile.</param>
    private void Change(string verb, Action<Container, StateFolder> act, bool goneIsFine = false) => Explain(verb, () =>
    {
        using StateFolder? folder = _store.TryOpenFolder(Id);
        folder?.Lock();

        // What was read before the lock was had may be of another time.
        if (folder is { IsGone: false } && folder.TryRead() is { } record)
        {
            act(new Container(_store, record, _log), folder);
        }
        else if (!goneIsFine)
        {
            throw new ContainerException($"container \"{Id}\" does not exist");
        }
    });

    private void Explain(string verb, Action act) => ContainerStore.Explain($"{verb} container \"{Id}\"", () =>
    {
        act();
        return 0;
    });
}
