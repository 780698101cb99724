using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <content>Update, Stats and Checkpoint.</content>
internal sealed partial class TaskService
{
    private async Task<Empty> UpdateAsync(UpdateTaskRequest request)
    {
        TaskContainer container = Find(request.Id);
        if (request.Resources is null || request.Resources.Value.IsEmpty)
        {
            throw new TtrpcException(TtrpcCode.InvalidArgument, "update: no resources are given");
        }

        using FileDescriptor resources = MemoryFile.With("resources", request.Resources.Value.Span);
        MemoryFile.Rewind(resources);
        await container.Runtime.RunAsync(["update", "--resources", "-", container.Id], resources, output: null, error: null);
        return new Empty();
    }

    private StatsResponse Stats(StatsRequest request)
    {
        TaskContainer container = Find(request.Id);
        if (container.Cgroup is not { } place || container.Init.Record is not null)
        {
            throw new TtrpcException(TtrpcCode.FailedPrecondition, $"container \"{container.Id}\" has no cgroup: it is not running");
        }

        try
        {
            using ICgroup cgroup = place.Open();
            return new StatsResponse { Stats = Metrics.Of(cgroup) };
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENODEV)
        {
            throw new TtrpcException(TtrpcCode.NotFound, $"container \"{container.Id}\": its cgroup is gone");
        }
    }

    private async Task<Empty> CheckpointAsync(CheckpointTaskRequest request)
    {
        TaskContainer container = Find(request.Id);
        CheckpointOptions options = request.Options is null ? new CheckpointOptions() : CheckpointOptions.Parser.ParseFrom(request.Options.Value);
        string images = options.ImagePath.Length > 0 ? options.ImagePath : request.Path;
        if (images is not ['/', ..])
        {
            throw new TtrpcException(TtrpcCode.InvalidArgument, $"checkpoint: \"{images}\" is no absolute path");
        }

        string work = options.WorkPath.Length > 0 ? options.WorkPath : WorkPath(container);
        await container.Runtime.RunAsync([.. CheckpointCommand(options, images, work), container.Id]);
        _events.Checkpointed(container.Id, images);
        return new Empty();
    }

    private static List<string> CheckpointCommand(CheckpointOptions options, string images, string work)
    {
        List<string> command = ["checkpoint", "--image-path", images, "--work-path", work];
        AddIf(!options.Exit, "--leave-running");
        AddIf(options.OpenTcp, "--tcp-established");
        AddIf(options.ExternalUnixSockets, "--ext-unix-sk");
        AddIf(options.Terminal, "--shell-job");
        AddIf(options.FileLocks, "--file-locks");
        foreach (string kind in options.EmptyNamespaces)
        {
            command.AddRange(["--empty-ns", kind]);
        }

        if (options.CgroupsMode.Length > 0)
        {
            command.AddRange(["--manage-cgroups-mode", options.CgroupsMode]);
        }

        return command;

        void AddIf(bool isAsked, string option)
        {
            if (isAsked)
            {
                command.Add(option);
            }
        }
    }
}
