using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Exec;

/// <summary>The parent's half of an exec; the child's is <see cref="ExecChild"/>.</summary>
internal static class ExecSequence
{
    /// <summary>Starts the process.</summary>
    /// <param name="plan">The process.</param>
    /// <param name="options">Where it is announced.</param>
    /// <param name="profile">The document's filter of system calls.</param>
    /// <param name="state">The container's state, for the filter's listener.</param>
    /// <param name="whileChildWorks">What else the parent has to do, now that it may start threads, before the program begins.</param>
    /// <returns>The process and the terminal's master end, if it is to be served here; both are the caller's.</returns>
    /// <exception cref="ContainerException">A step failed; nothing is left of the process.</exception>
    public static (PidFd Process, FileDescriptor? Terminal) Run(ExecPlan plan, ExecOptions options, LinuxSeccomp? profile, Func<State> state, Action? whileChildWorks)
    {
        DirectoryHandle? target = plan.Cgroup?.CreateCloneTarget();
        (UnixSocket mine, UnixSocket childs) = UnixSocket.Pair();
        PidFd? process = Clone.Start(NamespaceKinds.None, target, plan.Namespaces.HasFlag(NamespaceKinds.Pid) ? plan.Init : null);
        if (process is null)
        {
            mine.Dispose();
            ExecChild.Run(plan, new ParentPipe(childs));
        }

        childs.Dispose();
        ChildConversation child = new(new ChildPipe(mine), process, options.ConsoleSocket)
        {
            OnSeccompListener = listener => SeccompSetup.SendListener(profile!, listener, state()),
        };
        try
        {
            whileChildWorks?.Invoke();
            child.WaitUntilReady();
            ProcessAnnouncement.Announce(process, options.PidFile, options.PidFdSocket);
            child.CommitAndWait();
            return (process, child.TakeTerminal());
        }
        catch (Exception)
        {
            process.Send(Signal.Kill);
            ChildProcess.TryWait(process.Pid);
            child.Dispose();
            throw;
        }
    }
}
