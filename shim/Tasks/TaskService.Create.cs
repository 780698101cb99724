using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Rootfs;
using Bulkhead.Shim.Runtimes;
using Bulkhead.Shim.Stdio;
using Bulkhead.Specs.Runtime;
using Bulkhead.Ttrpc;

namespace Bulkhead.Shim.Tasks;

/// <content>Create: the mounts of the rootfs, the stdio, and the runtime's <c>create</c>; whatever fails, nothing of it stays.</content>
internal sealed partial class TaskService
{
    private const string InitPidFile = "init.pid";

    private async Task<CreateTaskResponse> CreateAsync(CreateTaskRequest request)
    {
        CheckId("container", request.Id);
        if (_containers.ContainsKey(request.Id) || !_creating.Add(request.Id))
        {
            throw new TtrpcException(TtrpcCode.AlreadyExists, $"container \"{request.Id}\": it exists already");
        }

        try
        {
            TaskContainer container = await MakeAsync(request);
            _containers.Add(request.Id, container);
            if (container.Checkpoint is null)
            {
                Follow(container, container.Init);
            }

            _events.Created(container, Announcement(request));
            return new CreateTaskResponse { Pid = (uint)container.Init.Pid };
        }
        finally
        {
            _creating.Remove(request.Id);
        }
    }

    private async Task<TaskContainer> MakeAsync(CreateTaskRequest request)
    {
        Bundle bundle = Bundle.Open(request.Bundle);
        try
        {
            Spec spec = bundle.ReadSpec();
            Options options = RuntimeOptions.Parse(request.Options);
            bundle.WriteOptions(options);
            bundle.Directory.Remove(Processes.ExitRecord.NameOf(""));
            RootfsMounts.Make(bundle.Rootfs, request.Rootfs);
            TaskProcess init = new("", new StdioRequest(request.Stdin, request.Stdout, request.Stderr, request.Terminal));
            RuntimeCalls runtime = new(_loop, _reaper, OciRuntime.From(options, _namespace), bundle.PathOf(RuntimeLog.Name));
            TaskContainer container = new(request.Id, bundle, options, runtime, init, HasOwnPids(spec))
            {
                Checkpoint = request.Checkpoint.Length > 0 ? request : null,
            };
            init.Stdio = await ProcessStdio.OpenAsync(StdioOf(container), init.Request, CancellationToken.None);
            if (container.Checkpoint is null)
            {
                await RunCreateAsync(container);
            }

            return container;
        }
        catch
        {
            RootfsMounts.Remove(bundle.Rootfs);
            bundle.Dispose();
            throw;
        }
    }

    private async Task RunCreateAsync(TaskContainer container)
    {
        List<string> command = ["create", "--bundle", container.Bundle.Path, "--pid-file", container.Bundle.PathOf(InitPidFile)];
        AddStartOptions(command, container);
        command.Add(container.Id);
        await RunInitAsync(container, [.. command]);
    }

    /// <summary>Has the runtime make the init process: by <c>create</c>, or by <c>restore</c>.</summary>
    private async Task RunInitAsync(TaskContainer container, string[] command)
    {
        TaskProcess init = container.Init;
        ProcessStdio stdio = init.Stdio!;
        container.Bundle.Directory.Remove(InitPidFile);
        using IDisposable hold = _reaper.Hold();
        try
        {
            await container.Runtime.RunAsync(command, stdio.Input, stdio.Output, stdio.Error);
            init.Pid = container.Bundle.TryReadPid(InitPidFile)
                ?? throw new TtrpcException(TtrpcCode.Unknown, $"the runtime has not written {container.Bundle.PathOf(InitPidFile)}");
            await stdio.StartAsync(CancellationToken.None);
        }
        catch
        {
            await stdio.DisposeAsync();
            await ForceDeleteAsync(container);
            throw;
        }

        FollowCgroup(container);

        // Within the hold: its end may have come already.
        init.Ended = _reaper.WaitFor(init.Pid);
    }

    private static void AddStartOptions(List<string> command, TaskContainer container)
    {
        if (container.Init.Stdio!.ConsoleSocket is { } socket)
        {
            command.AddRange(["--console-socket", socket]);
        }

        if (container.Options.NoPivotRoot)
        {
            command.Add("--no-pivot");
        }

        if (container.Options.NoNewKeyring)
        {
            command.Add("--no-new-keyring");
        }
    }

    /// <summary>Removes what a runtime may have made before it failed. That it failed is what is told of.</summary>
    private async Task ForceDeleteAsync(TaskContainer container)
    {
        try
        {
            await container.Runtime.RunAsync("delete", "--force", container.Id);
        }
        catch (Exception error) when (error is TtrpcException or LinuxException)
        {
            _log.Write("warning", $"container \"{container.Id}\": {error.Message}");
        }
    }

    private void FollowCgroup(TaskContainer container)
    {
        try
        {
            container.Cgroup = ContainerCgroup.Of(container.Init.Pid);
            container.OutOfMemory = OutOfMemoryWatcher.TryStart(_loop, container.Cgroup, () => _events.OutOfMemory(container.Id));
        }
        catch (Exception error) when (error is LinuxException or CgroupException)
        {
            // The process may have ended already. Without statistics a container runs as well.
            _log.Write("warning", $"container \"{container.Id}\": its cgroup: {error.Message}");
        }
    }

    private StdioContext StdioOf(TaskContainer container) => new()
    {
        Loop = _loop,
        Reaper = _reaper,
        Namespace = _namespace,
        ContainerId = container.Id,
        Bundle = container.Bundle.Path,
        ConsolePrefix = _consolePrefix,
        User = container.Options.IoUid,
        Group = container.Options.IoGid,
        Report = text => _log.Write("warning", $"container \"{container.Id}\": {text}"),
    };

    private static bool HasOwnPids(Spec spec)
    {
        foreach (LinuxNamespace space in spec.Linux?.Namespaces ?? [])
        {
            if (space.Type == LinuxNamespaceType.Pid)
            {
                return string.IsNullOrEmpty(space.Path);
            }
        }

        return false;
    }

    private static TaskCreate Announcement(CreateTaskRequest request) => new()
    {
        Rootfs = { request.Rootfs },
        Io = new TaskIO { Stdin = request.Stdin, Stdout = request.Stdout, Stderr = request.Stderr, Terminal = request.Terminal },
        Checkpoint = request.Checkpoint,
    };
}
