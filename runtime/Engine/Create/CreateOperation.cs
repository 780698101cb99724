using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Checkpoint;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Foreground;
using Bulkhead.Runtime.Security;

namespace Bulkhead.Runtime.Create;

/// <summary>Makes a container, of a bundle or of a checkpoint: state folder, sequence, commit, and what is to be done until its end.</summary>
/// <param name="store">Where its state goes.</param>
/// <param name="isRootless">As of <see cref="ContainerStore"/>.</param>
/// <param name="log">Gets warnings and timings.</param>
internal sealed class CreateOperation(ContainerStore store, bool? isRootless, EngineLog log)
{
    private const int ExitSuccess = 0;

    /// <summary>As <see cref="ContainerStore.Create"/>.</summary>
    /// <returns>0.</returns>
    public int Create(CreateOptions options)
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
    }

    /// <summary>As <see cref="ContainerStore.Run"/>.</summary>
    public int Run(RunOptions options)
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
    }

    /// <summary>As <see cref="ContainerStore.Restore"/>.</summary>
    public int Restore(RestoreOptions options)
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
        CreatePlan plan = CreatePlanner.Plan(create, bundle.Spec, seccomp: null, isRootless ?? IsUser(), log);
        ContainerRecord record = NewRecord(plan, bundle.Config) with { IsRestored = true };
        Container container = new(store, record, log, bundle.Spec);
        SignalHold.Complete();
        PidFd process;
        FileDescriptor? master;
        using (StateFolder folder = StateFolder.Create(store.MakeRoot(IsUser()), create.Id))
        using (RestoreSequence sequence = new(plan, options, folder, log))
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
    }

    private (CreateSequence Sequence, Container Container, StateFolder Folder) Make(CreateOptions options, Bundle bundle, bool waits)
    {
        log.EndPhase("config");
        SignalHold.Complete();
        OwnBinary.Protect();

        // As with runc: hooks with relative paths of their own count on it.
        MountTable.ChangeDirectory(options.Bundle);
        log.EndPhase("binary");
        bool isUser = IsUser();
        DirectoryHandle directory = store.MakeRoot(isUser);
        SeccompProgram? seccomp = SeccompSetup.Provide(bundle.Spec.Linux?.Seccomp, directory, log);
        log.EndPhase("seccomp");
        CreatePlan plan = CreatePlanner.Plan(options, bundle.Spec, seccomp, isRootless ?? isUser, log);
        log.EndPhase("plan");

        ContainerRecord record = NewRecord(plan, bundle.Config);
        Container container = new(store, record, log, bundle.Spec);
        StateFolder folder = StateFolder.Create(directory, options.Id);
        CreateSequence? sequence = null;
        try
        {
            RequireFreeCgroup(plan.Cgroup);
            WarnOfStrays(plan);
            folder.Write(record);
            plan = waits ? plan with { StartFifo = folder.CreateStartFifo() } : plan;
            log.EndPhase("state");
            sequence = new CreateSequence(plan, options, folder, log);
            return (sequence, new Container(store, sequence.Run(record), log, bundle.Spec), folder);
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
            log.EndPhase("attach");
            code = foreground.Serve();
            log.EndPhase("program");
        }

        if (!keep)
        {
            container.Delete(force: true);
            log.EndPhase("delete");
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
            log.Warning?.Invoke("the container has neither a cgroup nor a new PID namespace: processes that its init process leaves behind can't be found and ended");
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
}
