using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Child;

/// <summary>Has the child born again, in namespaces that nobody can enter but at birth.</summary>
/// <remarks>
/// A time namespace takes its offsets before anybody is in it, and a PID namespace that belongs to a user namespace which
/// exists can only be made after that was entered: time_namespaces(7), pid_namespaces(7). In both cases the child makes
/// the namespace for its children, and goes on as a sibling of its own, which the parent can wait for.
/// </remarks>
[ChildSafe]
internal static class SecondBirth
{
    /// <summary>Makes the namespaces and returns in the sibling; the child itself ends.</summary>
    public static void Take(CreatePlan plan, ParentPipe parent)
    {
        parent.At("make namespaces");
        if ((plan.NewNamespaces & CreatePlan.BirthNamespaces) is not NamespaceKinds.None and var made)
        {
            Namespaces.Unshare(made);
        }

        if (plan.Spec.Linux?.TimeOffsets is { Count: > 0 } offsets)
        {
            parent.At("set linux.timeOffsets");
            plan.Proc.Write("self/timens_offsets", Format(offsets));
        }

        Take(parent);
        ProcessIdentity.SetParentDeathSignal(Signal.Kill);
    }

    /// <summary>Returns in a sibling, which is in the namespaces that were set for children; the child itself ends.</summary>
    public static void Take(ParentPipe parent)
    {
        // Before processes of the container can see the sibling.
        parent.At("make the process of the new namespaces");
        ProcessIdentity.SetNotDumpable();
        (FileDescriptor announced, FileDescriptor held) = Pipe.Create("the announcement of a birth");
        int pid = Clone.Sibling(NamespaceKinds.None);
        if (pid != 0)
        {
            parent.SendBorn(pid);
            Execve.Leave(0);
        }

        // The end of the other process is the end of the pipe. Whatever this one says before, the parent would not expect.
        held.Dispose();
        announced.Read(stackalloc byte[1]);
        announced.Dispose();

        // Not inherited, and neither is the signal at the parent's end.
        ProcessIdentity.StartSession();
    }

    /// <summary>The offsets as the kernel takes them, a line for each clock.</summary>
    public static string Format(IReadOnlyDictionary<string, LinuxTimeOffset> offsets)
    {
        StringBuilder text = new();
        foreach ((string clock, LinuxTimeOffset offset) in offsets)
        {
            text.Append(CultureInfo.InvariantCulture, $"{clock} {offset.Secs ?? 0} {offset.Nanosecs ?? 0}\n");
        }

        return text.ToString();
    }
}
