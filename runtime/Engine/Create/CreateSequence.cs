using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Hooks;
using Bulkhead.Runtime.Rootfs;
using Bulkhead.Runtime.Security;

namespace Bulkhead.Runtime.Create;

/// <summary>The parent's half of making a container: from the plan to an init process that waits to become the program.</summary>
/// <remarks>
/// The child's half is <see cref="InitChild"/>; <see cref="Message"/> shows how they fit together. The order of what
/// changes the world: state document (with the cgroup's paths), cgroup, process, pid file, state document (with the
/// process), commit. Whatever kills the runtime in between, <c>delete --force</c> finds all that was made in the document,
/// or the kernel removes it: an uncommitted child ends with its parent.
/// </remarks>
internal sealed class CreateSequence(CreatePlan plan, CreateOptions options, StateFolder folder, EngineLog log) : IDisposable
{
    private ChildConversation? _child;

    /// <summary>Makes the container.</summary>
    /// <param name="record">What was written into the state folder so far.</param>
    /// <returns>What is in the state folder now.</returns>
    /// <exception cref="ContainerException">A step failed; <see cref="Undo"/> is the caller's to call.</exception>
    public ContainerRecord Run(ContainerRecord record)
    {
        _child = StartChild();
        log.EndPhase("clone");
        PrepareCgroup(_child);
        log.EndPhase("cgroup");
        _child.WaitUntilReady();
        plan.Resctrl?.Join(_child.Process.Pid);
        DelegateCgroup(_child.Process.Pid);
        SchedulingStep.Apply(plan.Process, _child.Process.Pid);
        log.EndPhase("child");
        ContainerRecord committed = PutOnRecord(record, _child.Process);
        log.EndPhase("record");
        return committed;
    }

    /// <summary>Lets the child outlive the parent, and waits until it has become the program, or has begun to wait for the start.</summary>
    /// <returns>The init process and the terminal's master end, if it is to be served here; both are the caller's.</returns>
    /// <exception cref="ContainerException">It could not become the program.</exception>
    public (PidFd Process, FileDescriptor? Terminal) Commit()
    {
        _child!.CommitAndWait();
        log.EndPhase("exec");
        return (_child.Process, _child.TakeTerminal());
    }

    /// <summary>Ends the process and removes the cgroup, after something failed. Nothing here hides the first error.</summary>
    public void Undo()
    {
        try
        {
            if (_child is not null)
            {
                _child.Process.Send(Signal.Kill);
                ChildProcess.TryWait(_child.Process.Pid);
            }

            plan.Cgroup.KillAll(Signal.Kill.Number);
            plan.Resctrl?.Undo();
            plan.Cgroup.Remove();
            HostMounts.Remove(plan.Spec, plan.Rootfs);
        }
        catch (Exception error) when (error is LinuxException or Cgroups.CgroupException)
        {
            log.Warning?.Invoke($"clean up after a failure: {error.Message}");
        }
    }

    /// <summary>Closes what is open.</summary>
    public void Dispose() => _child?.Dispose();

    private ChildConversation StartChild()
    {
        // Only what clone3 needs is made before it: the child makes namespaces while the parent makes the rest.
        DirectoryHandle? target = plan.Cgroup.CreateCloneTarget();
        (UnixSocket mine, UnixSocket childs) = UnixSocket.Pair();
        List<(FileDescriptor Place, NamespaceKinds Kind)> own = EnterForChild();

        FileDescriptor? pidNamespace = plan.IsEnteredByParent(NamespaceKinds.Pid) ? plan.FindJoined(NamespaceKinds.Pid) : null;
        if (pidNamespace is not null)
        {
            // Inherited: the child is in sight of that namespace's processes from its birth.
            ProcessIdentity.SetNotDumpable();
        }

        PidFd? process = Clone.Start(plan.NamespacesOfClone, target, pidNamespace);
        if (process is null)
        {
            mine.Dispose();
            folder.Dispose();
            InitChild.Run(plan, new ParentPipe(childs));
        }

        foreach ((FileDescriptor place, NamespaceKinds kind) in own)
        {
            Namespaces.Enter(place, kind);
            place.Dispose();
        }

        childs.Dispose();
        plan.StartFifo?.Dispose();
        return new ChildConversation(new ChildPipe(mine), process, options.ConsoleSocket)
        {
            OnNetworkReady = () => NetworkDeviceMove.Run(plan.Spec.Linux!.NetDevices!, _child!.Process.Pid),
            Sources = new MountSources(plan.Mounts),
            OnKilled = WhyKilled,
            OnMountsReady = () => RunHooks(_child!.Process.Pid),
            OnSeccompListener = listener => SeccompSetup.SendListener(
                plan.Spec.Linux!.Seccomp!, listener, StateDocument.State(plan, ContainerStatus.Creating, _child!.Process.Pid)),
        };
    }

    /// <summary>Enters namespaces that the child is to be born in.</summary>
    /// <returns>The parent's own of these kinds, to go back to: hooks run where the runtime does.</returns>
    private List<(FileDescriptor Place, NamespaceKinds Kind)> EnterForChild()
    {
        List<(FileDescriptor Place, NamespaceKinds Kind)> own = [];
        foreach ((FileDescriptor place, NamespaceKinds kind) in plan.JoinedNamespaces)
        {
            if (plan.IsEnteredByParent(kind))
            {
                own.Add((FileDescriptor.Open($"/proc/thread-self/ns/{Namespaces.FileName(kind)}", Linux.Files.FileMode.Read), kind));
                Namespaces.Enter(place, kind);
            }
        }

        return own;
    }

    /// <summary>Does for the child what root of a user namespace may not do for itself.</summary>
    private void PrepareUserNamespace(ChildConversation child)
    {
        IdentifierMaps.Write(plan.Proc, child.Process.Pid, plan.Spec.Linux!);
        Explain("process.rlimits", () => ResourceLimits.RaiseHard(child.Process.Pid, plan.Process.Limits));
        if (plan.Process.OomScoreAdjustment is { } score)
        {
            Explain("process.oomScoreAdj", () => plan.Proc.Write(
                string.Create(CultureInfo.InvariantCulture, $"{child.Process.Pid}/oom_score_adj"), score.ToString(CultureInfo.InvariantCulture)));
        }

        child.Send(Message.MapsWritten);
    }

    private static void Explain(string property, Action act)
    {
        try
        {
            act();
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"{property}: {error.Message}", error);
        }
    }

    private void PrepareCgroup(ChildConversation child)
    {
        if (plan.NewNamespaces.HasFlag(NamespaceKinds.User))
        {
            PrepareUserNamespace(child);
        }

        plan.Cgroup.Create(child.Process.Pid);
        plan.Cgroup.Apply(plan.Spec.Linux!.Resources ?? new());
        plan.Resctrl?.Make();
        child.Send(Message.CgroupReady);
    }

    /// <summary>Gives the cgroup to whom the program will run as, once the child is in the user namespace that says who that is.</summary>
    private void DelegateCgroup(int pid)
    {
        if (plan.DelegatesCgroup && IdentifierMaps.ReadUser(plan.Proc, pid, plan.Spec.Process!.User.Uid) is { } owner)
        {
            plan.Cgroup.Delegate(owner);
        }
    }

    /// <summary>The runtime's own child needs some memory too, before the program does.</summary>
    private string? WhyKilled()
    {
        if (plan.Spec.Linux!.Resources?.Memory?.Limit is not (> 0 and var limit))
        {
            return null;
        }

        if (plan.Cgroup.Statistics().Memory.OomKills > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $": out of memory, linux.resources.memory.limit is {limit}");
        }

        // systemd has taken the cgroup away with its last process, and what the kernel has counted with it.
        return plan.Cgroup.Unit is null ? null
            : string.Create(CultureInfo.InvariantCulture, $": linux.resources.memory.limit, {limit}, may be too low");
    }

    private void RunHooks(int pid)
    {
        byte[] state = StateDocument.For(plan, ContainerStatus.Creating, pid);
        HookRunner.Run("prestart", plan.Spec.Hooks?.Prestart ?? [], state);
        HookRunner.Run("createRuntime", plan.Spec.Hooks?.CreateRuntime ?? [], state);
        log.EndPhase("hooks");
    }

    private ContainerRecord PutOnRecord(ContainerRecord record, PidFd process)
    {
        ulong startTime = ProcessStatus.TryRead(plan.Proc, process.Pid)?.StartTime
            ?? throw new ContainerException("the container's process ended before it was on record");
        ContainerRecord committed = record with { Pid = process.Pid, StartTime = startTime, ResctrlGroupWhileMade = null };
        ProcessAnnouncement.Announce(process, options.PidFile, options.PidFdSocket);
        folder.Write(committed);
        return committed;
    }
}
