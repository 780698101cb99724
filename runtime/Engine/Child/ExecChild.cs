using System.Diagnostics.CodeAnalysis;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Exec;

namespace Bulkhead.Runtime.Child;

/// <summary>The child that becomes a further process of a container.</summary>
/// <remarks>The rules are in this folder's README; the parent's half is <see cref="ExecSequence"/>.</remarks>
[ChildSafe]
internal static class ExecChild
{
    /// <summary>Turns the child into the program, or tells the parent which step failed and exits.</summary>
    /// <param name="plan">The process.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="isMoved">Whether the parent has it moved into the cgroup.</param>
    [DoesNotReturn]
    public static void Run(ExecPlan plan, ParentPipe parent, bool isMoved) => parent.Run(pipe => Become(plan, pipe, isMoved));

    private static void Become(ExecPlan plan, ParentPipe parent, bool isMoved)
    {
        ProcessPlan process = plan.Process;

        // Before the first namespace: from then on processes of the container can see this one.
        parent.At("prepare the process");
        if (plan.IsUnprivileged)
        {
            // Afterwards its files in procfs are root's. It is not in the container's PID namespace yet.
            ProcessSteps.SetOomScore(process, plan.Proc, parent);
        }

        ProcessIdentity.SetNotDumpable();
        DescriptorTable.CloseOnExecFrom(3);
        ProcessIdentity.StartSession();
        ProcessIdentity.SetFileModeMask(0);
        ProcessSteps.JoinKeyRing(process, plan.Proc, parent);
        if (!plan.IsUnprivileged)
        {
            ProcessSteps.SetOomScore(process, plan.Proc, parent);
        }

        parent.At("join the cgroup");
        if (isMoved)
        {
            // As the caller's own process: systemd moves no other user's.
            parent.Await(Message.CgroupReady);
        }

        plan.Cgroup?.JoinSelf();
        ProcessSteps.SetProcessors(process, parent);

        NamespaceKinds rest = plan.IsBornTwice ? plan.Namespaces : plan.Namespaces & ~NamespaceKinds.Pid;
        if (rest.HasFlag(NamespaceKinds.User))
        {
            ProcessSteps.RaiseHardLimits(process, parent);
        }

        if (rest != NamespaceKinds.None)
        {
            parent.At("join the container's namespaces");
            Namespaces.Enter(plan.Init, rest);
        }

        if (plan.IsBornTwice)
        {
            SecondBirth.Take(parent);
        }

        if (plan.Root is { } containersRoot)
        {
            parent.At("change the root");
            MountTable.ChangeRoot(containersRoot);
        }

        if (rest.HasFlag(NamespaceKinds.User))
        {
            parent.At("become root of the user namespace");
            ProcessIdentity.SetGroup(0);
            ProcessIdentity.SetUser(0);
            ProcessIdentity.SetNotDumpable();
        }

        PseudoTerminal? terminal;
        using (DirectoryHandle root = DirectoryHandle.OpenPath("/"))
        {
            terminal = ProcessSteps.OpenTerminal(process, new RootedLookup(root), parent);
        }

        ProcessSteps.SetConfinement(process, plan.Proc, parent);
        ProcessSteps.UseStandardStreams(process, terminal?.Slave, parent);
        terminal?.Dispose();
        bool canSetGroups = ProcessSteps.CanSetGroups(process, plan.Proc, parent);
        parent.CloseAllElse(process, waitsAt: null);
        ProcessSteps.SetExecutionDomain(process, parent);
        ProcessSteps.TakeIdentity(process, canSetGroups, parent);
        string program = ProcessSteps.FindProgram(process, parent);
        ProcessSteps.LoadSeccompWithListener(process, parent);

        parent.At("wait for the parent");
        parent.Send(Message.Ready);
        parent.Await(Message.Commit);
        ProcessSteps.Execute(process, program, parent);
    }
}
