using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Stdio;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <content>Exec: makes a further process known; it begins with Start.</content>
internal sealed partial class TaskService
{
    private static string ProcessFile(string execId) => $"{execId}.process.json";

    private Task<Empty> ExecAsync(ExecProcessRequest request)
    {
        TaskContainer container = Find(request.Id);
        CheckId("exec", request.ExecId);
        if (container.Init.Status == Status.Stopped)
        {
            throw new TtrpcException(TtrpcCode.FailedPrecondition, $"container \"{container.Id}\" can't run another process: it is stopped");
        }

        TaskProcess exec = new(request.ExecId, new StdioRequest(request.Stdin, request.Stdout, request.Stderr, request.Terminal));
        if (!container.Execs.TryAdd(request.ExecId, exec))
        {
            throw new TtrpcException(TtrpcCode.AlreadyExists, $"{Describe(container, exec)}: it exists already");
        }

        // As it came: the runtime reads it, and says what is wrong with it.
        ReadOnlySpan<byte> process = request.Spec is { } spec ? spec.Value.Span : [];
        AtomicFile.Replace(container.Bundle.Directory, ProcessFile(request.ExecId), process, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _events.ExecAdded(container, request.ExecId);
        return Task.FromResult(new Empty());
    }
}
