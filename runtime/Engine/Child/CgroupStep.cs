using Bulkhead.Linux;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Create;

namespace Bulkhead.Runtime.Child;

/// <summary>Joins the container's cgroup, once and as late as can be: the parent makes it while the child makes namespaces.</summary>
[ChildSafe]
internal sealed class CgroupStep(CreatePlan plan, ParentPipe parent)
{
    private bool _joined;
    private bool _done;

    /// <summary>Waits for the cgroup and joins it; after that the process sees it as the root of its cgroup namespace.</summary>
    public void Ensure()
    {
        if (_done)
        {
            return;
        }

        _done = true;
        Join();
        if (plan.NewNamespaces.HasFlag(NamespaceKinds.Cgroup))
        {
            // After joining: the namespace's root is where the process is when it is made.
            parent.At("make the cgroup namespace");
            Namespaces.Unshare(NamespaceKinds.Cgroup);
        }
    }

    /// <summary>Waits for the cgroup and joins it, without a namespace yet.</summary>
    public void Join()
    {
        if (_joined)
        {
            return;
        }

        _joined = true;
        parent.At("wait for the cgroup");
        parent.Await(Message.CgroupReady);
        parent.At("join the cgroup");
        plan.Cgroup.JoinSelf();
        ProcessSteps.ResetProcessors();
    }
}
