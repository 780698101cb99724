using System.Text.Json;
using Bulkhead.Linux.Terminals;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Processes;
using Bulkhead.Ttrpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <content>What is asked about a container, and what is told to its stdio: State, Wait, Pids, Connect, ResizePty, CloseIO, Shutdown.</content>
internal sealed partial class TaskService
{
    private const string ProcessDetailsType = "containerd.runc.v1.ProcessDetails";

    private StateResponse State(StateRequest request)
    {
        (TaskContainer container, TaskProcess process) = Find(request.Id, request.ExecId);
        StateResponse state = new()
        {
            Id = container.Id,
            ExecId = process.ExecId,
            Bundle = container.Bundle.Path,
            Pid = (uint)process.Pid,
            Status = container.IsPaused && process.Status == Status.Running ? Status.Paused : process.Status,
            Stdin = process.Request.Stdin,
            Stdout = process.Request.Stdout,
            Stderr = process.Request.Stderr,
            Terminal = process.Request.Terminal,
        };
        if (process.Record is { } exit)
        {
            state.ExitStatus = (uint)exit.ExitStatus;
            state.ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt);
        }

        return state;
    }

    private async Task<WaitResponse> WaitAsync(WaitRequest request)
    {
        ExitRecord exit = await Find(request.Id, request.ExecId).Process.Exit;
        return new WaitResponse { ExitStatus = (uint)exit.ExitStatus, ExitedAt = Timestamp.FromDateTimeOffset(exit.ExitedAt) };
    }

    private async Task<PidsResponse> PidsAsync(PidsRequest request)
    {
        TaskContainer container = Find(request.Id);
        PidsResponse response = new();
        if (container.Init.Record is not null)
        {
            // A shim that names no process is removed by a containerd that starts again (1.7 and later), and with it the exit
            // that nobody has asked for yet. 0 is the number of a process that is gone.
            response.Processes.Add(new ProcessInfo());
            return response;
        }

        foreach (int pid in ParsePids(await container.Runtime.ReadAsync("ps", "--format", "json", container.Id)))
        {
            ProcessInfo process = new() { Pid = (uint)pid };
            foreach (TaskProcess exec in container.Execs.Values)
            {
                if (exec.Pid == pid)
                {
                    process.Info = new Any { TypeUrl = ProcessDetailsType, Value = new ProcessDetails { ExecId = exec.ExecId }.ToByteString() };
                }
            }

            response.Processes.Add(process);
        }

        return response;
    }

    private ConnectResponse Connect(ConnectRequest request) => new()
    {
        ShimPid = (uint)Environment.ProcessId,
        TaskPid = (uint)(_containers.TryGetValue(request.Id, out TaskContainer? container) ? container.Init.Pid : 0),
        Version = BuildVersion.Version,
    };

    private Empty ResizePty(ResizePtyRequest request)
    {
        (TaskContainer container, TaskProcess process) = Find(request.Id, request.ExecId);
        if (request.Width > ushort.MaxValue || request.Height > ushort.MaxValue)
        {
            throw new TtrpcException(TtrpcCode.InvalidArgument, $"a window of {request.Width} by {request.Height} is too large");
        }

        // An exec has no stdio before it starts.
        WindowSize size = new((ushort)request.Height, (ushort)request.Width);
        process.Window = size;
        process.Stdio?.Resize(size);
        return new Empty();
    }

    private Empty CloseIO(CloseIORequest request)
    {
        (_, TaskProcess process) = Find(request.Id, request.ExecId);
        if (request.Stdin)
        {
            process.Stdio?.CloseInput();
        }

        return new Empty();
    }

    private Empty Shutdown(ShutdownRequest request)
    {
        EndIfIdle();
        return new Empty();
    }

    private static List<int> ParsePids(byte[] json)
    {
        List<int> pids = [];
        try
        {
            Utf8JsonReader reader = new(json);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.Number)
                {
                    pids.Add(reader.GetInt32());
                }
            }
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new TtrpcException(TtrpcCode.Unknown, $"the runtime's list of processes can't be read: {error.Message}");
        }

        return pids;
    }
}
