using System.Diagnostics.CodeAnalysis;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Hooks;
using Bulkhead.Runtime.Rootfs;
using Bulkhead.Runtime.Validation;

namespace Bulkhead.Runtime.Child;

/// <summary>The child that becomes a container's init process.</summary>
/// <remarks>The rules are in this folder's README; the parent's half is <see cref="CreateSequence"/>.</remarks>
[ChildSafe]
internal static class InitChild
{
    /// <summary>Turns the child into the container's program, or tells the parent which step failed and exits.</summary>
    [DoesNotReturn]
    public static void Run(CreatePlan plan, ParentPipe parent) => parent.Run(pipe => Become(plan, pipe));

    private static void Become(CreatePlan plan, ParentPipe parent)
    {
        ProcessPlan process = plan.Process;
        bool newUsers = plan.NewNamespaces.HasFlag(NamespaceKinds.User);

        parent.At("prepare the process");
        ProcessIdentity.SetParentDeathSignal(Signal.Kill);
        if (!plan.IsUnprivileged)
        {
            ProcessIdentity.SetNotDumpable();
        }

        DescriptorTable.CloseOnExecFrom(3);
        ProcessIdentity.StartSession();
        ProcessIdentity.SetFileModeMask(0);
        ProcessSteps.JoinKeyRing(process, plan.Proc, parent);
        if (!newUsers)
        {
            ProcessSteps.SetOomScore(process, plan.Proc, parent);
        }

        if (plan.StartFifo is not null)
        {
            // It may stay for long, and what its caller was asked to do is nobody's concern.
            ProcessTitle.Set(plan.Proc, "init"u8);
        }

        CgroupStep cgroup = new(plan, parent);
        if (newUsers)
        {
            // What belongs to the host's root is out of reach once the child is the namespace's root.
            parent.Await(Message.MapsWritten);
            cgroup.Ensure();
        }

        if (plan.IsBornTwice && plan.Cgroup.Unit is not null)
        {
            // systemd moves the one process that it was told of: the one that comes after is born there.
            cgroup.Join();
        }

        if (plan.Joins(NamespaceKinds.User))
        {
            cgroup.Join();
            ProcessSteps.RaiseHardLimits(process, parent);
        }

        EnterNamespaces(plan, parent);

        if (plan.NewNamespaces.HasFlag(NamespaceKinds.Network))
        {
            parent.At("switch the loopback device on");
            NetworkInterface.EnableLoopback();
        }

        if (plan.Spec.Hostname is { Length: > 0 } hostname)
        {
            parent.At($"set the hostname \"{hostname}\"");
            ProcessIdentity.SetHostName(hostname);
        }

        if (plan.Spec.Domainname is { Length: > 0 } domainname)
        {
            parent.At($"set the domainname \"{domainname}\"");
            ProcessIdentity.SetDomainName(domainname);
        }

        PseudoTerminal? terminal = PrepareRoot(plan, parent, cgroup);
        cgroup.Ensure();
        SetSysctls(plan, parent);
        ProcessSteps.SetConfinement(process, plan.Proc, parent);
        ProcessSteps.UseStandardStreams(process, terminal?.Slave, parent);
        terminal?.Dispose();
        bool canSetGroups = ProcessSteps.CanSetGroups(process, plan.Proc, parent);
        parent.CloseAllElse(process, plan.StartFifo);
        ProcessSteps.SetExecutionDomain(process, parent);
        ProcessSteps.TakeIdentity(process, canSetGroups, parent);
        string program = ProcessSteps.FindProgram(process, parent);

        ProcessSteps.LoadSeccompWithListener(process, parent);
        parent.At("wait for the parent");
        parent.Send(Message.Ready);
        parent.Await(Message.Commit);
        ProcessIdentity.SetParentDeathSignal(default);
        if (plan.StartFifo is { } fifo)
        {
            parent.Close();
            WaitForStart(fifo);
        }

        if (plan.Spec.Hooks?.StartContainer is { Length: > 0 } hooks)
        {
            parent.At("run the startContainer hooks");
            HookRunner.Run("startContainer", hooks, StateDocument.For(plan, ContainerStatus.Created, ProcessIdentity.Pid));
        }

        ProcessSteps.Execute(process, program, parent);
    }

    private static void EnterNamespaces(CreatePlan plan, ParentPipe parent)
    {
        foreach ((FileDescriptor place, NamespaceKinds kind) in plan.JoinedNamespaces)
        {
            if (!plan.IsEnteredByParent(kind))
            {
                parent.At($"join the {Namespaces.FileName(kind)} namespace");
                Namespaces.Enter(place, kind);
            }
        }

        if (plan.IsBornTwice)
        {
            SecondBirth.Take(plan, parent);
        }

        if (plan.HasUserNamespace)
        {
            // Before the others are made: what they hold from the beginning, such as the queue file system's root, is their maker's.
            // Changing the user takes back who may not look into the process, and that it ends with its parent: prctl(2).
            parent.At("become root of the user namespace");
            ProcessIdentity.SetGroup(0);
            ProcessIdentity.SetUser(0);
            ProcessIdentity.SetNotDumpable();
            ProcessIdentity.SetParentDeathSignal(Signal.Kill);
        }

        NamespaceKinds rest = plan.NewNamespaces & ~(NamespaceKinds.User | NamespaceKinds.Cgroup | CreatePlan.BirthNamespaces);
        if (rest != NamespaceKinds.None)
        {
            parent.At("make namespaces");
            Namespaces.Unshare(rest);
        }
    }

    private static PseudoTerminal? PrepareRoot(CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        DirectoryHandle root;
        DetachedMount? rootMount = null;
        if (plan.HasMountNamespace)
        {
            rootMount = RootMounts.Prepare(plan, parent);
            root = rootMount.Root;
        }
        else
        {
            parent.At("open the root file system");
            root = DirectoryHandle.OpenPath(plan.Rootfs);
        }

        RootedLookup lookup = new(root);
        using KernelMounts kernel = new();
        List<(string Destination, DetachedMount Mount)> readOnlyLater = [];
        foreach (MountPlan mount in plan.Mounts)
        {
            if (RootMounts.Mount(mount, lookup, plan, parent, cgroup, kernel) is { } made)
            {
                readOnlyLater.Add((mount.Destination, made));
            }
        }

        if (plan.Devices is { } devices)
        {
            Devices.Make(devices, bound: plan.HasUserNamespace, lookup, parent);
        }

        PseudoTerminal? terminal = ProcessSteps.OpenTerminal(plan.Process, lookup, parent);
        if (terminal is not null && plan.HasMountNamespace)
        {
            Devices.BindConsole(terminal, lookup, parent);
        }

        RunHooksBeforePivot(plan, parent, cgroup);
        if (plan.HasMountNamespace)
        {
            RestrictedPaths.Apply(plan, lookup, kernel, parent);
        }

        foreach ((string destination, DetachedMount mount) in readOnlyLater)
        {
            parent.At($"make \"{destination}\" read-only");
            mount.MakeReadOnly();
            mount.Dispose();
        }

        ChangeRoot(plan, rootMount, root, parent);
        root.Dispose();
        return terminal;
    }

    private static void RunHooksBeforePivot(CreatePlan plan, ParentPipe parent, CgroupStep cgroup)
    {
        if (plan.HasNetworkDevices)
        {
            // Late, for a device that is not a physical one ends with the namespace of a create that fails.
            cgroup.Ensure();
            parent.At("wait for the network devices");
            parent.Send(Message.NetworkReady);
            parent.Await(Message.DevicesMoved);
        }

        if (plan.HasRuntimeHooks)
        {
            // The parent says that the cgroup is ready before it says anything of hooks; and they find the process in it.
            cgroup.Ensure();
            parent.At("wait for the parent's hooks");
            parent.Send(Message.MountsReady);
            parent.Await(Message.HooksDone);
        }

        if (plan.Spec.Hooks?.CreateContainer is { Length: > 0 } hooks)
        {
            parent.At("run the createContainer hooks");
            HookRunner.Run("createContainer", hooks, StateDocument.For(plan, ContainerStatus.Creating, ProcessIdentity.Pid));
        }
    }

    private static void ChangeRoot(CreatePlan plan, DetachedMount? rootMount, DirectoryHandle root, ParentPipe parent)
    {
        parent.At("change the root");
        if (rootMount is null)
        {
            MountTable.ChangeRoot(root);
        }
        else if (plan.NoPivot)
        {
            MountTable.MoveToRoot(rootMount);
        }
        else
        {
            MountTable.PivotRoot(root);
        }

        if (rootMount is not null && plan.Propagation.Kind is MountPropagation.Shared or MountPropagation.Unbindable)
        {
            MountTable.SetPropagation("/", plan.Propagation.Kind, plan.Propagation.Recursive);
        }

        ProcessSteps.MakeWorkingDirectory(plan.Process, parent);
        if (plan.ReadOnlyRoot)
        {
            parent.At("make the root read-only");
            rootMount?.MakeReadOnly();
        }
    }

    private static void SetSysctls(CreatePlan plan, ParentPipe parent)
    {
        if (plan.Spec.Linux?.Sysctl is { } sysctls)
        {
            foreach ((string name, string value) in sysctls)
            {
                parent.At($"set the sysctl \"{name}\"");
                plan.Proc.Write($"sys/{SysctlCheck.PathOf(name)}", value);
            }
        }
    }

    private static void WaitForStart(FileDescriptor fifo)
    {
        Span<byte> released = stackalloc byte[1];
        fifo.Read(released);

        // Left open: a start with poststart hooks waits for execve to close it.
    }
}
