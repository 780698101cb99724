using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Create;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Child;

/// <summary>The steps that make a process of the container out of the child, for init and for exec.</summary>
[ChildSafe]
internal static class ProcessSteps
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;
    private const string Multiplexer = "/dev/pts/ptmx";
    private const long DevPtsMagic = 0x1cd1;

    /// <summary>Leaves the caller's session keyring.</summary>
    public static void JoinKeyRing(ProcessPlan process, ProcFile proc, ParentPipe parent)
    {
        if (process.KeyRing is { } name)
        {
            if (process.SelinuxLabel is { } label)
            {
                // The keyring is to be used by the program, which has this label. Its execve(2) ends the setting.
                parent.At($"set process.selinuxLabel \"{label}\" for the session keyring");
                proc.Write("self/attr/keycreate", label);
            }

            parent.At($"join the session keyring \"{name}\"");
            KeyRing.JoinSession(name);
        }
    }

    /// <summary>Raises hard limits to those that the process is to have, while it still may: as root of a user namespace it may not.</summary>
    public static void RaiseHardLimits(ProcessPlan process, ParentPipe parent)
    {
        parent.At("set process.rlimits");
        ResourceLimits.RaiseHard(pid: 0, process.Limits);
    }

    /// <summary>Sets how likely the out-of-memory killer takes the process.</summary>
    public static void SetOomScore(ProcessPlan process, ProcFile proc, ParentPipe parent)
    {
        if (process.OomScoreAdjustment is { } score)
        {
            parent.At("set process.oomScoreAdj");
            proc.Write("self/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Sets the processors of a process that has joined the container's cgroup.</summary>
    public static void SetProcessors(ProcessPlan process, ParentPipe parent)
    {
        if (process.Processors.Final is { } processors)
        {
            parent.At("set process.execCPUAffinity.final");
            CpuAffinity.Set(processors);
        }
        else
        {
            ResetProcessors();
        }
    }

    /// <summary>Lets the process run wherever its cgroup allows it to.</summary>
    /// <remarks>Since Linux 6.2 joining a cgroup no longer widens what the runtime's caller was confined to.</remarks>
    public static void ResetProcessors()
    {
        try
        {
            CpuAffinity.Reset();
        }
        catch (LinuxException)
        {
            // Whoever forbids the runtime to ask has decided where it runs.
        }
    }

    /// <summary>Sets what the process and its children keep for good: from where their memory comes, and what machine they see.</summary>
    public static void SetExecutionDomain(ProcessPlan process, ParentPipe parent)
    {
        if (process.MemoryPolicy is { } policy)
        {
            parent.At("set linux.memoryPolicy");
            policy.Apply();
        }

        if (process.Personality is { } domain)
        {
            parent.At("set linux.personality");
            ProcessIdentity.SetPersonality(domain);
        }
    }

    /// <summary>Has the program to come confined by an AppArmor profile or an SELinux label.</summary>
    public static void SetConfinement(ProcessPlan process, ProcFile proc, ParentPipe parent)
    {
        if (process.AppArmorProfile is { } profile)
        {
            parent.At($"set the AppArmor profile \"{profile}\"");
            proc.Write("self/attr/apparmor/exec", $"exec {profile}");
        }

        if (process.SelinuxLabel is { } label)
        {
            parent.At($"set process.selinuxLabel \"{label}\"");
            proc.Write("self/attr/exec", label);
        }
    }

    /// <summary>Makes a terminal in the container's own devpts.</summary>
    public static PseudoTerminal? OpenTerminal(ProcessPlan process, RootedLookup root, ParentPipe parent)
    {
        if (!process.Terminal)
        {
            return null;
        }

        parent.At("make a terminal");
        using (FileDescriptor place = root.Open(Multiplexer, FileMode.PathOnly))
        {
            // Before it is opened: opening a device or a fifo of the image's does something already.
            RequireDevPts(place);
        }

        FileDescriptor multiplexer = root.Open(Multiplexer, FileMode.ReadWrite);
        RequireDevPts(multiplexer);
        PseudoTerminal terminal = PseudoTerminal.Create(multiplexer);
        if (process.TerminalSize is { } size)
        {
            Terminal.SetSize(terminal.Master, size);
        }

        parent.Send(Message.Terminal, terminal.Master);
        return terminal;
    }

    /// <summary>Makes the working directory when the image has none of that name.</summary>
    public static void MakeWorkingDirectory(ProcessPlan process, ParentPipe parent)
    {
        parent.At($"make the working directory \"{process.WorkingDirectory}\"");
        using DirectoryHandle root = DirectoryHandle.OpenPath("/");
        try
        {
            new RootedLookup(root).MakeDirectories(process.WorkingDirectory, DirectoryPermissions).Dispose();
        }
        catch (LinuxException error) when (error.Error is Errno.EROFS or Errno.EACCES or Errno.EPERM or Errno.ELOOP)
        {
            // Whether it can be used at all is found out by chdir, as the process's own user.
        }
    }

    /// <summary>Makes a terminal, if there is one, the process's streams, and the streams the user's own.</summary>
    public static void UseStandardStreams(ProcessPlan process, FileDescriptor? terminal, ParentPipe parent)
    {
        parent.At("set the standard streams");
        if (terminal is not null)
        {
            PseudoTerminal.SetControlling(terminal);
            for (int stream = 0; stream < 3; stream++)
            {
                DescriptorTable.SetStandardStream(terminal, stream);
            }
        }

        for (int stream = 0; stream < 3; stream++)
        {
            StandardStreams.GiveTo(process.User, stream);
        }
    }

    /// <summary>Whether the process can change its groups: a user who maps only itself has to give that up for all of the namespace.</summary>
    public static bool CanSetGroups(ProcessPlan process, ProcFile proc, ParentPipe parent)
    {
        parent.At("read whether groups can be set");
        return process.IsOfMachineRoot || !proc.AreGroupsDenied("self");
    }

    /// <summary>Gives up what the process is not to have: capabilities, root, other groups.</summary>
    public static void TakeIdentity(ProcessPlan process, bool canSetGroups, ParentPipe parent)
    {
        parent.At("set process.rlimits");
        ResourceLimits.Apply(process.Limits);

        // Before the filter, which may refuse what the check of the directory asks.
        parent.At($"change to the working directory \"{process.WorkingDirectory}\"");
        bool inside = TryChangeDirectory(process.WorkingDirectory);

        parent.At("set process.noNewPrivileges");
        if (process.NoNewPrivileges)
        {
            ProcessIdentity.SetNoNewPrivileges();
        }
        else
        {
            // Without no_new_privs a filter needs CAP_SYS_ADMIN, which is about to go.
            LoadSeccomp(process, parent);
        }

        parent.At("set process.capabilities");
        process.Capabilities.LimitBounding();

        parent.At("set process.user");
        ProcessIdentity.SetFileModeMask(process.FileModeMask);
        if (canSetGroups)
        {
            ProcessIdentity.SetGroups(process.Groups);
        }

        Capabilities.KeepAcrossUserChange(true);
        ProcessIdentity.SetGroup(process.Group);
        ProcessIdentity.SetUser(process.User);

        parent.At("set process.capabilities");
        process.Capabilities.Apply();

        parent.At($"change to the working directory \"{process.WorkingDirectory}\"");
        if (!inside)
        {
            EnterDirectory(process.WorkingDirectory);
        }

        // Changing the user has made the process dumpable again: execve(2), prctl(2).
        ProcessIdentity.SetNotDumpable();
    }

    /// <summary>Finds the program in the container, as the container's user.</summary>
    /// <returns>The path to execute.</returns>
    public static string FindProgram(ProcessPlan process, ParentPipe parent)
    {
        parent.At($"exec \"{process.Program}\"");
        return ProgramLookup.Find(process.Program, process.SearchPath);
    }

    /// <summary>Loads a filter that has a listener, while the parent can still be given the listener's descriptor.</summary>
    public static void LoadSeccompWithListener(ProcessPlan process, ParentPipe parent)
    {
        if (process is { NoNewPrivileges: true, Seccomp.HasListener: true })
        {
            LoadSeccomp(process, parent);
        }
    }

    /// <summary>Becomes the program.</summary>
    [DoesNotReturn]
    public static void Execute(ProcessPlan process, string program, ParentPipe parent)
    {
        parent.At($"exec \"{process.Program}\"");
        using NativeStrings environment = new(process.WantsHome
            ? [.. process.Environment, $"HOME={Accounts.HomeOf(process.User)}"]
            : process.Environment);
        DescriptorTable.Keep(process.PreserveDescriptors);
        SignalState.Reset();
        if (process is { NoNewPrivileges: true, Seccomp.HasListener: false })
        {
            // Last before execve: from here on only what the profile allows is sure to work.
            LoadSeccomp(process, parent);
        }

        Execve.Replace(program, process.Arguments, environment);
    }

    private static void LoadSeccomp(ProcessPlan process, ParentPipe parent)
    {
        if (process.Seccomp is { } program)
        {
            parent.At("load the seccomp filter");
            using FileDescriptor? listener = SeccompFilter.Load(program);
            if (listener is not null)
            {
                parent.Send(Message.SeccompListener, listener);
            }

            parent.At($"exec \"{process.Program}\"");
        }
    }

    private static void RequireDevPts(FileDescriptor file)
    {
        if (file.FileSystemType() != DevPtsMagic)
        {
            ParentPipe.Refuse("/dev/pts is not a devpts, which process.terminal needs");
        }
    }

    private static void EnterDirectory(string path)
    {
        MountTable.ChangeDirectory(path);
        WorkingDirectory.RefuseOutside();
    }

    private static bool TryChangeDirectory(string path)
    {
        try
        {
            EnterDirectory(path);
            return true;
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES)
        {
            // Root without a capability for it, or root of a file server that trusts only the user: tried again as the user.
            return false;
        }
    }
}
