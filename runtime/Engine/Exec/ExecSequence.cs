using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;
using CpuAffinity = Bulkhead.Linux.Processes.CpuAffinity;

namespace Bulkhead.Runtime.Exec;

/// <summary>The parent's half of an exec; the child's is <see cref="ExecChild"/>.</summary>
internal static class ExecSequence
{
    /// <summary>Starts the process.</summary>
    /// <param name="plan">The process.</param>
    /// <param name="options">Where it is announced.</param>
    /// <param name="profile">The document's filter of system calls.</param>
    /// <param name="state">The container's state, for the filter's listener.</param>
    /// <param name="log">Gets what could not be had.</param>
    /// <returns>The process and the terminal's master end, if it is to be served here; both are the caller's.</returns>
    /// <exception cref="ContainerException">A step failed; nothing is left of the process.</exception>
    public static (PidFd Process, FileDescriptor? Terminal) Run(
        ExecPlan plan, ExecOptions options, LinuxSeccomp? profile, Func<State> state, EngineLog log)
    {
        (UnixSocket mine, UnixSocket childs) = UnixSocket.Pair();
        PidFd? process = StartChild(plan, mayBeWithInit: options.Cgroups is null, out LinuxException? outside);
        if (process is null)
        {
            mine.Dispose();
            ExecChild.Run(plan, new ParentPipe(childs), isMoved: outside is not null);
        }

        childs.Dispose();
        ChildConversation child = new(new ChildPipe(mine), process, options.ConsoleSocket)
        {
            OnSeccompListener = listener => SeccompSetup.SendListener(profile!, listener, state()),
        };
        try
        {
            if (outside is not null)
            {
                Move(child.Process.Pid, plan.Cgroup!, outside, log);
                child.Send(Message.CgroupReady);
            }

            child.WaitUntilReady();
            plan.Resctrl?.Join(child.Process.Pid);
            SchedulingStep.Apply(plan.Process, child.Process.Pid);
            ProcessAnnouncement.Announce(child.Process, options.PidFile, options.PidFdSocket);
            child.CommitAndWait();
            return (child.Process, child.TakeTerminal());
        }
        catch (Exception)
        {
            child.Process.Send(Signal.Kill);
            ChildProcess.TryWait(child.Process.Pid);
            child.Dispose();
            throw;
        }
    }

    /// <summary>Clones the child into the cgroup.</summary>
    /// <param name="plan">The process.</param>
    /// <param name="mayBeWithInit">Whether the init process's cgroup is as good.</param>
    /// <param name="outside">Why it is in the caller's cgroup instead, and waits to be moved; null when it is where it belongs.</param>
    private static PidFd? StartChild(ExecPlan plan, bool mayBeWithInit, out LinuxException? outside)
    {
        outside = null;
        if (plan.Process.Processors.Initial is { } processors)
        {
            // Inherited by the child, which may be born in the cgroup.
            SetInitialProcessors(processors);
        }

        DirectoryHandle? target = plan.Cgroup?.CreateCloneTarget();
        PidFd? pidNamespace = plan.Namespaces.HasFlag(NamespaceKinds.Pid) && !plan.IsBornTwice ? plan.Init : null;
        if (pidNamespace is not null)
        {
            // Inherited: the child is in sight of the container's processes from its birth.
            ProcessIdentity.SetNotDumpable();
        }

        try
        {
            return Clone.Start(NamespaceKinds.None, target, pidNamespace);
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES && target is not null && mayBeWithInit)
        {
            // A user moves no process from outside into what was delegated to it: cgroup-v2.rst, "Delegation Containment".
            outside = error;
            return Clone.Start(NamespaceKinds.None, null, pidNamespace);
        }
        catch (LinuxException error) when (error.Error is Errno.EBUSY && plan.Cgroup is { } cgroup && mayBeWithInit)
        {
            // A container that has moved its processes to cgroups below and passes controllers on, as systemd does, has no
            // place for processes in its own: cgroup-v2.rst, "No Internal Process Constraint".
            using DirectoryHandle? place = SubCgroups.TryOpenUnifiedOf(cgroup, plan.Init.Pid);
            if (place is null)
            {
                throw;
            }

            return Clone.Start(NamespaceKinds.None, place, pidNamespace);
        }
    }

    /// <summary>Has a child moved that could not be born in the cgroup; where nobody does it, it stays.</summary>
    private static void Move(int child, ICgroup cgroup, LinuxException cause, EngineLog log)
    {
        string? why = null;
        try
        {
            cgroup.Add(child);
        }
        catch (LinuxException)
        {
            why = cause.Message;
        }
        catch (CgroupException error)
        {
            why = error.Message;
        }

        if (why is not null)
        {
            log.Warning?.Invoke($"the process stays in the caller's cgroup, for it may not be moved into {cgroup.CloneTarget?.Path}: {why}");
        }
    }

    private static void SetInitialProcessors(NumberSet processors)
    {
        try
        {
            CpuAffinity.Set(processors);
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"set process.execCPUAffinity.initial: {error.Message}", error);
        }
    }
}
