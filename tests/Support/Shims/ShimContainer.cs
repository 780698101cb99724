using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>A container under a shim: its bundle, the shim's commands for it, and the calls of the Task service with its id.</summary>
public sealed class ShimContainer
{
    private const string ProcessType = "types.containerd.io/opencontainers/runtime-spec/1/Process";

    // A call that hangs fails its test, and not the whole run.
    private static readonly TtrpcCallOptions s_limit = new(TimeSpan.FromSeconds(90));

    private readonly ShimCaller _caller;
    private readonly List<TtrpcClient> _clients = [];
    private TaskClient? _tasks;

    internal ShimContainer(ShimCaller caller, string id, TestBundle bundle)
    {
        _caller = caller;
        Id = id;
        Bundle = bundle;
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>Its bundle.</summary>
    public TestBundle Bundle { get; }

    /// <summary>What <c>start</c> answered: <c>unix://PATH</c>.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The path of the shim's socket.</summary>
    public string Socket => PathOf(Address);

    /// <summary>The service that the calls go to.</summary>
    public string Service { get; set; } = TaskClient.Version2;

    /// <summary>The service, on a connection that is made for the first call.</summary>
    public TaskClient Tasks => _tasks ??= Connect();

    /// <summary>The shim's process, as <c>start</c> has noted it.</summary>
    public HostProcess Shim => new(int.Parse(File.ReadAllText(PathOfFile("shim.pid")), CultureInfo.InvariantCulture));

    /// <summary>The path of a file in the bundle.</summary>
    public string PathOfFile(string name) => Path.Combine(Bundle.Path, name);

    /// <summary>What is in the bundle, the root file system excepted.</summary>
    public string[] Files => [.. Directory.EnumerateFileSystemEntries(Bundle.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    /// <summary><c>start</c>, as containerd calls it.</summary>
    /// <param name="input">What comes on stdin; absent: the options.</param>
    public ShimAnswer StartShim(byte[]? input = null)
    {
        ShimAnswer answer = _caller.Run(Bundle.Path, input ?? _caller.PackedOptions.ToByteArray(), Arguments("start"));
        if (File.Exists(PathOfFile("address")))
        {
            Address = File.ReadAllText(PathOfFile("address"));
        }

        return answer;
    }

    /// <summary><c>delete</c>, as containerd calls it when the shim is gone.</summary>
    public ShimAnswer DeleteShim() => _caller.Run(Bundle.Path, [], Arguments("delete", "-bundle", Bundle.Path));

    /// <summary>The arguments of a command.</summary>
    public string[] Arguments(string command, params string[] more) =>
        ["-namespace", _caller.Namespace, "-address", _caller.Folder.File("grpc"), "-publish-binary", "/bin/true", "-id", Id, .. more, command];

    /// <summary>Another connection.</summary>
    public TaskClient Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Socket));
        var client = new TtrpcClient(new NetworkStream(socket, ownsSocket: true), TimeProvider.System);
        _clients.Add(client);
        return new TaskClient(client, Service);
    }

    /// <summary>Ends all connections; the next call makes one.</summary>
    public void Disconnect()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
        _tasks = null;
    }

    /// <summary>Kills the shim, and waits until it is gone.</summary>
    public void KillShim()
    {
        HostProcess shim = Shim;
        HostProcess.Signal(shim.Pid, "KILL");
        Wait.Until(() => HasEnded(shim), "the shim's end");
    }

    /// <summary>Waits until the shim has ended by itself.</summary>
    public void WaitUntilShimEnded()
    {
        HostProcess shim = Shim;
        Wait.Until(() => HasEnded(shim), TimeSpan.FromSeconds(20), "the shim to end");
    }

    /// <summary>Create.</summary>
    public Task<CreateTaskResponse> CreateAsync(Action<CreateTaskRequest>? change = null)
    {
        CreateTaskRequest request = new() { Id = Id, Bundle = Bundle.Path, Options = _caller.PackedOptions };
        change?.Invoke(request);
        return Tasks.CreateAsync(request, s_limit);
    }

    /// <summary>Start.</summary>
    public async Task<int> StartAsync(string execId = "") => (int)(await Tasks.StartAsync(new StartRequest { Id = Id, ExecId = execId }, s_limit)).Pid;

    /// <summary>State.</summary>
    public Task<StateResponse> StateAsync(string execId = "") => Tasks.StateAsync(new StateRequest { Id = Id, ExecId = execId }, s_limit);

    /// <summary>Wait.</summary>
    public Task<WaitResponse> WaitAsync(string execId = "") => Tasks.WaitAsync(new WaitRequest { Id = Id, ExecId = execId }, s_limit);

    /// <summary>Kill.</summary>
    public Task KillAsync(uint signal = 9, string execId = "", bool all = false) =>
        Tasks.KillAsync(new KillRequest { Id = Id, ExecId = execId, Signal = signal, All = all }, s_limit);

    /// <summary>Delete.</summary>
    public Task<DeleteResponse> DeleteAsync(string execId = "") => Tasks.DeleteAsync(new DeleteRequest { Id = Id, ExecId = execId }, s_limit);

    /// <summary>Exec of a command with the rights of the container's process; <paramref name="change"/> may alter the request.</summary>
    public Task ExecAsync(string execId, string[] command, Action<ExecProcessRequest>? change = null)
    {
        ExecProcessRequest request = new() { Id = Id, ExecId = execId, Spec = ProcessOf(command, terminal: false) };
        change?.Invoke(request);
        return Tasks.ExecAsync(request, s_limit);
    }

    /// <summary>Exec, Start, Wait and Delete.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> RunExecAsync(string execId, params string[] command)
    {
        await ExecAsync(execId, command);
        await StartAsync(execId);
        await WaitAsync(execId);
        return (int)(await DeleteAsync(execId)).ExitStatus;
    }

    /// <summary>CloseIO of stdin.</summary>
    public Task CloseInputAsync(string execId = "") => Tasks.CloseIOAsync(new CloseIORequest { Id = Id, ExecId = execId, Stdin = true }, s_limit);

    /// <summary>ResizePty.</summary>
    public Task ResizeAsync(uint width, uint height, string execId = "") =>
        Tasks.ResizePtyAsync(new ResizePtyRequest { Id = Id, ExecId = execId, Width = width, Height = height }, s_limit);

    /// <summary>Pids.</summary>
    public async Task<IReadOnlyList<Proto.Containerd.Types.ProcessInfo>> PidsAsync() => (await Tasks.PidsAsync(new PidsRequest { Id = Id }, s_limit)).Processes;

    /// <summary>Pause.</summary>
    public Task PauseAsync() => Tasks.PauseAsync(new PauseRequest { Id = Id }, s_limit);

    /// <summary>Resume.</summary>
    public Task ResumeAsync() => Tasks.ResumeAsync(new ResumeRequest { Id = Id }, s_limit);

    /// <summary>Update with the OCI linux.resources as JSON.</summary>
    public Task UpdateAsync(string resources) => Tasks.UpdateAsync(
        new UpdateTaskRequest { Id = Id, Resources = new Any { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", Value = ByteString.CopyFromUtf8(resources) } },
        s_limit);

    /// <summary>Stats.</summary>
    public async Task<Any> StatsAsync() => (await Tasks.StatsAsync(new StatsRequest { Id = Id }, s_limit)).Stats;

    /// <summary>Checkpoint.</summary>
    public Task CheckpointAsync(string path, Any? options = null) => Tasks.CheckpointAsync(new CheckpointTaskRequest { Id = Id, Path = path, Options = options }, s_limit);

    /// <summary>Connect.</summary>
    public Task<ConnectResponse> ConnectAsync() => Tasks.ConnectAsync(new ConnectRequest { Id = Id }, s_limit);

    /// <summary>Shutdown.</summary>
    public Task ShutdownAsync() => Tasks.ShutdownAsync(new ShutdownRequest { Id = Id }, s_limit);

    /// <summary>The container's process with another command, as an exec's spec.</summary>
    public Any ProcessOf(string[] command, bool terminal)
    {
        JsonObject process = Bundle.Json["process"]!.DeepClone().AsObject();
        process["args"] = TestBundle.List(command);
        process["terminal"] = terminal;
        return new Any { TypeUrl = ProcessType, Value = ByteString.CopyFromUtf8(process.ToJsonString(JsonSerializerOptions.Default)) };
    }

    /// <summary>Ends the shim, should it run.</summary>
    internal void EndShim()
    {
        Disconnect();
        if (File.Exists(PathOfFile("shim.pid")) && Shim.IsAlive)
        {
            KillShim();
        }
    }

    /// <summary>Has <c>delete</c> remove what there is, if there ever was a shim.</summary>
    /// <returns>What stays nevertheless.</returns>
    internal string[] Remove()
    {
        if (!File.Exists(PathOfFile("address")))
        {
            return [];
        }

        ShimAnswer deleted = DeleteShim();
        return [.. deleted.ExitCode == 0 ? (string[])[] : [$"delete: {deleted.Error}"], .. File.Exists(Socket) ? (string[])[$"socket {Socket}"] : []];
    }

    // A process may be a zombie while another of its threads, which has to end too, holds the socket open.
    private static bool HasEnded(HostProcess shim) => !shim.IsAlive && CountThreads(shim) <= 1;

    private static int CountThreads(HostProcess process)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{process.Pid}/task").Length;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static string PathOf(string address) => address.StartsWith("unix://", StringComparison.Ordinal) ? address["unix://".Length..] : address;
}
