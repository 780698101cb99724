namespace Bulkhead.Cgroups.V1;

/// <summary>A cgroup's directory in one v1 hierarchy.</summary>
/// <param name="controllers">The hierarchy's controllers, one or several; or <c>name=systemd</c>.</param>
/// <param name="cgroup">The directory.</param>
internal sealed class V1Directory(string[] controllers, CgroupDirectory cgroup)
{
    /// <summary>The hierarchy's controllers.</summary>
    internal string[] Controllers => controllers;

    /// <summary>The directory.</summary>
    internal CgroupDirectory Cgroup => cgroup;

    /// <summary>The file for moving single threads, from the mount's root; made here so that the child need not.</summary>
    internal string TasksPath { get; } = cgroup.PathFromRoot("tasks");

    /// <summary>Whether the hierarchy has a controller.</summary>
    internal bool Has(string controller)
    {
        foreach (string name in controllers)
        {
            if (name == controller)
            {
                return true;
            }
        }

        return false;
    }
}
