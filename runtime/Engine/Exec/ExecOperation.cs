using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Foreground;
using Bulkhead.Runtime.Resctrl;
using Bulkhead.Runtime.Security;
using Bulkhead.Runtime.Validation;

namespace Bulkhead.Runtime.Exec;

/// <summary>Runs a further process in a container: checks, plans, starts it and, unless it is detached, stays with it.</summary>
internal static class ExecOperation
{
    /// <summary>Runs it.</summary>
    /// <param name="container">The container.</param>
    /// <param name="store">Where its state is, and the compiled filters.</param>
    /// <param name="init">Its init process.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="log">Gets what is left out.</param>
    /// <returns>Its exit code; 0 when detached.</returns>
    public static int Run(Container container, ContainerStore store, PidFd init, ExecOptions options, EngineLog log)
    {
        SignalHold.Begin();
        Check(options);
        SignalHold.Complete();
        OwnBinary.Protect();
        if (!options.Detach)
        {
            ProcessIdentity.SetSubreaper();
        }

        NamespaceKinds namespaces = container.OwnNamespaces;
        using ProcFile proc = ProcFile.OpenHost();
        RootlessCheck.CheckGroups(options.Process, init, proc);
        RootlessCheck.WarnOfGroups(options.Process, proc, log);
        using ICgroup cgroup = OpenCgroup(container, options);
        using DirectoryHandle? root = namespaces.HasFlag(NamespaceKinds.Mount) ? null : DirectoryHandle.OpenPath(container.Rootfs);
        ExecPlan plan = new()
        {
            Init = init,
            Namespaces = namespaces,
            Root = root,
            IsUnprivileged = ProcessIdentity.EffectiveUser != 0,
            Cgroup = cgroup,
            Resctrl = ResctrlGroup.Find(container.Spec.Linux?.IntelRdt, container.Id),
            Proc = proc,
            Process = ProcessPlanner.Plan(
                options.Process,
                container.Spec.Linux,
                store.ProvideSeccomp(container.Spec.Linux?.Seccomp),
                CapabilityLimits.OfChild(namespaces.HasFlag(NamespaceKinds.User)),
                keyRing: $"_ses.{container.Id}",
                options.PreserveDescriptors,
                log),
        };
        return Run(plan, options, container, log);
    }

    private static ICgroup OpenCgroup(Container container, ExecOptions options)
    {
        ICgroup own = container.OpenCgroup();
        if (options.Cgroups is not { } places)
        {
            return own;
        }

        using (own)
        {
            return SubCgroups.Open(own, places);
        }
    }

    private static void Check(ExecOptions options)
    {
        if (options.Detach && (options.Process.Terminal ?? false) && options.ConsoleSocket is null)
        {
            throw new ContainerException("a terminal needs a console socket for a process that is detached");
        }

        if (options.ConsoleSocket is not null && !(options.Detach && (options.Process.Terminal ?? false)))
        {
            throw new ContainerException("a console socket is of use only to a process that is detached and has a terminal");
        }

        SpecCheck.CheckProcess(options.Process);
    }

    private static int Run(ExecPlan plan, ExecOptions options, Container container, EngineLog log)
    {
        (PidFd process, FileDescriptor? master) = ExecSequence.Run(plan, options, container.Spec.Linux?.Seccomp, container.ToState, log);
        using (process)
        using (master)
        {
            if (options.Detach)
            {
                return 0;
            }

            using SignalReader signals = SignalHold.Open(withChildren: !plan.Namespaces.HasFlag(NamespaceKinds.Pid));
            using ForegroundProcess foreground = new(process, master, signals);
            return foreground.Serve();
        }
    }
}
