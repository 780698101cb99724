using System.Globalization;
using System.Text;
using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Hooks;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>Makes a container out of the images of a checkpoint.</summary>
/// <remarks>
/// The order of what changes the world: state document (with the cgroup's paths), CRIU in a mount namespace of its own,
/// the cgroup with CRIU in it, the processes, state document (with the process), pid file. Whatever kills the runtime in between,
/// CRIU gives up, and <c>delete --force</c> finds the cgroup in the document.
/// </remarks>
internal sealed class RestoreSequence(CreatePlan plan, RestoreOptions options, StateFolder folder, EngineLog log) : IDisposable
{
    private const string LogFile = "restore.log";

    private PidFd? _process;
    private FileDescriptor? _terminal;

    /// <summary>Whether hooks have run, which those at the end take back.</summary>
    internal bool HasRunHooks { get; private set; }

    /// <summary>Restores it.</summary>
    /// <param name="record">What was written into the state folder so far.</param>
    /// <returns>The init process and the terminal's master end, if it is to be served here; both are the caller's.</returns>
    /// <exception cref="ContainerException">CRIU failed; <see cref="Undo"/> is the caller's to call.</exception>
    internal (PidFd Process, FileDescriptor? Terminal) Run(ContainerRecord record)
    {
        CriuRequest request = new(CriuMessageType.Restore);
        request.SetRestore(options.Criu);
        CriuConfiguration.Tell(request, plan.Spec);
        using (RestoreMounts mounts = RestoreMounts.Enter(plan, folder))
        {
            // Opened only now: CRIU mounts in these folders, which it can in its own mount namespace alone.
            using CriuFolders folders = CriuFolders.Open(options.Criu, LogFile);
            folders.Tell(request, options.Criu, mounts.Root);
            using FileDescriptor nothing = FileDescriptor.Open("/dev/null", FileMode.ReadWrite);
            GiveStreams(request, folders, nothing);
            using CriuSession criu = CriuSession.Start([nothing, .. GiveNamespaces(request)]);
            mounts.Leave();
            PlaceInCgroup(request, criu.Pid);
            new ExternalMounts(plan.Spec, plan.Bundle, plan.Cgroup).NameForRestore(request);
            try
            {
                criu.Ask(request, (response, passed) => Notified(response, passed, record));
            }
            catch (ContainerException error)
            {
                throw folders.Explain(error);
            }
        }

        PidFd process = _process ?? throw new ContainerException("criu has restored no process");
        ProcessAnnouncement.Announce(process, options.Create.PidFile, options.Create.PidFdSocket);
        (_process, FileDescriptor? terminal, _terminal) = (null, _terminal, null);
        return (process, terminal);
    }

    /// <summary>Ends what runs and removes the cgroup, after something failed. Nothing here hides the first error.</summary>
    internal void Undo()
    {
        try
        {
            if (_process is not null)
            {
                _process.Send(Signal.Kill);
                ChildProcess.TryWait(_process.Pid);
            }

            plan.Cgroup.KillAll(Signal.Kill.Number);
            plan.Resctrl?.Undo();
            plan.Cgroup.Remove();
        }
        catch (Exception error) when (error is LinuxException or CgroupException)
        {
            log.Warning?.Invoke($"clean up after a failure: {error.Message}");
        }
    }

    /// <summary>Closes what is open.</summary>
    public void Dispose()
    {
        _process?.Dispose();
        _terminal?.Dispose();
    }

    /// <summary>Names the namespaces that exist already.</summary>
    /// <returns>Those that CRIU has to have as descriptors.</returns>
    private List<FileDescriptor> GiveNamespaces(CriuRequest request)
    {
        List<FileDescriptor> inherited = [];
        foreach ((FileDescriptor place, NamespaceKinds kind) in plan.JoinedNamespaces)
        {
            switch (kind)
            {
                case NamespaceKinds.Network:
                case NamespaceKinds.Pid:
                    request.AddInherited(CriuConfiguration.ExternalNamespace(kind).Key, place.Number);
                    inherited.Add(place);
                    break;
                case NamespaceKinds.Cgroup:
                    throw new ContainerException("linux.namespaces: criu can't restore into a cgroup namespace that exists");
                default:
                    request.AddJoined(Namespaces.FileName(kind), place.Path);
                    break;
            }
        }

        return inherited;
    }

    /// <summary>The container's streams become the runtime's, which CRIU has by the same numbers.</summary>
    private static void GiveStreams(CriuRequest request, CriuFolders folders, FileDescriptor nothing)
    {
        HashSet<string> given = [];
        List<string> streams = ExternalStreams.Load(folders.Images);
        for (int stream = 0; stream < Math.Min(streams.Count, 3); stream++)
        {
            string key = streams[stream];
            bool isOutside = key.StartsWith("pipe:", StringComparison.Ordinal) || key.StartsWith("file[", StringComparison.Ordinal);
            if (isOutside && given.Add(key))
            {
                // One that was nothing may stand for all three, for reading as well as for writing.
                using FileDescriptor own = new(stream, "a standard stream", owned: false);
                request.AddInherited(key, own.Status().IsNullDevice ? nothing.Number : stream);
            }
        }
    }

    /// <summary>Makes the container's cgroup with CRIU in it, and so with what it restores, and says that this is the root of what was dumped.</summary>
    private void PlaceInCgroup(CriuRequest request, int pid)
    {
        plan.Cgroup.Create(pid);
        plan.Cgroup.Apply(plan.Spec.Linux!.Resources ?? new());
        plan.Cgroup.Add(pid);
        plan.Resctrl?.Make();
        plan.Resctrl?.Join(pid);
        using FileDescriptor file = plan.Proc.Open(string.Create(CultureInfo.InvariantCulture, $"{pid}/cgroup"), FileMode.Read);
        foreach (string line in Encoding.UTF8.GetString(file.ReadToEnd(1 << 20)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 3) is [_, var controllers, var path])
            {
                foreach (string controller in controllers.Split(','))
                {
                    request.AddCgroupRoot(controller, path);
                }
            }
        }
    }

    private void Notified(CriuResponse response, FileDescriptor? passed, ContainerRecord record)
    {
        switch (response.Notification)
        {
            case "setup-namespaces":
                RunHooks(response.Pid);
                EnableLoopback(response.Pid);
                break;
            case "orphan-pts-master" when passed is not null:
                AcceptTerminal(passed);
                return;
            case "post-restore":
                PutOnRecord(response.Pid, record);
                break;
            default:
                break;
        }

        passed?.Dispose();
    }

    private void RunHooks(int pid)
    {
        if (plan.HasRuntimeHooks)
        {
            HasRunHooks = true;
            byte[] state = StateDocument.For(plan, ContainerStatus.Creating, pid);
            HookRunner.Run("prestart", plan.Spec.Hooks?.Prestart ?? [], state);
            HookRunner.Run("createRuntime", plan.Spec.Hooks?.CreateRuntime ?? [], state);
        }
    }

    /// <summary>A network namespace that CRIU makes is as empty as any new one.</summary>
    private void EnableLoopback(int pid)
    {
        if (!plan.NewNamespaces.HasFlag(NamespaceKinds.Network))
        {
            return;
        }

        using FileDescriptor own = FileDescriptor.Open("/proc/thread-self/ns/net", FileMode.Read);
        using FileDescriptor containers = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), FileMode.Read);
        Namespaces.Enter(containers, NamespaceKinds.Network);
        try
        {
            NetworkInterface.EnableLoopback();
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Network);
        }
    }

    private void AcceptTerminal(FileDescriptor master)
    {
        if (options.Create.ConsoleSocket is not { } path)
        {
            _terminal = master;
            return;
        }

        using (master)
        using (UnixSocket socket = UnixSocket.Connect(path))
        {
            socket.Send("/dev/ptmx"u8, master);
        }
    }

    private void PutOnRecord(int pid, ContainerRecord record)
    {
        _process = PidFd.TryOpen(pid) ?? throw new ContainerException("the restored process has ended already");
        ulong startTime = ProcessStatus.TryRead(plan.Proc, pid)?.StartTime ?? throw new ContainerException("the restored process has ended already");
        folder.Write(record with { Pid = pid, StartTime = startTime, ResctrlGroupWhileMade = null });
    }
}
