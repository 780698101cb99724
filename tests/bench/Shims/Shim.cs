using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Tests.Support;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Bench.Shims;

/// <summary>A shim of containerd's kind.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Binary">Its path.</param>
/// <param name="Runtime">The runtime that it is to call.</param>
/// <param name="Root">Where that keeps its state.</param>
/// <param name="Events">Where it reports.</param>
/// <param name="LogScheme">How its log is asked for: <c>file</c>, or what it understands besides.</param>
internal sealed record Shim(string Name, string Binary, string Runtime, string Root, EventSink Events, string LogScheme = "file") : IMonitor
{
    /// <summary>The options that both of its commands and its service get.</summary>
    public Any Options => new() { TypeUrl = "containerd.runc.v1.Options", Value = new Options { BinaryName = Runtime, Root = Root }.ToByteString() };

    /// <summary>Starts a shim, as containerd does, and connects to it.</summary>
    public Socket Connect(TestBundle bundle, string id)
    {
        ProcessStartInfo start = new(Binary, ["-namespace", "bench", "-id", id, "-address", "", "-publish-binary", "/bin/true", "start"])
        {
            WorkingDirectory = bundle.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TTRPC_ADDRESS"] = Events.Path;
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(Options.ToByteArray());
        process.StandardInput.Close();
        string answer = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        string address = answer.StartsWith('{') ? JsonDocument.Parse(answer).RootElement.GetProperty("address").GetString()! : answer;
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(address["unix://".Length..]));
        return socket;
    }

    /// <inheritdoc/>
    public IMonitored Start(TestBundle bundle, string id, string log)
    {
        try
        {
            Shimmed shim = new(this, bundle, id);
            shim.Run(log);
            return shim;
        }
        catch (TtrpcException error)
        {
            throw new InvalidOperationException($"{Name}: {error.Message}", error);
        }
    }

    /// <summary>Waits for a call that has to end in good time.</summary>
    public static T Get<T>(Task<T> call) => call.WaitAsync(TimeSpan.FromMinutes(2)).GetAwaiter().GetResult();
}

/// <summary>A running shim and its container.</summary>
internal sealed class Shimmed : IMonitored
{
    private readonly Shim _shim;
    private readonly TestBundle _bundle;
    private readonly string _id;
    private readonly TtrpcClient _client;

    /// <summary>Starts a shim and connects to it; there is no container yet.</summary>
    public Shimmed(Shim shim, TestBundle bundle, string id)
    {
        (_shim, _bundle, _id) = (shim, bundle, id);
        _client = new TtrpcClient(new NetworkStream(shim.Connect(bundle, id), ownsSocket: true), TimeProvider.System);
        Tasks = new TaskClient(_client);
        Process = new HostProcess((int)Shim.Get(Tasks.ConnectAsync(new ConnectRequest { Id = id })).ShimPid);
    }

    /// <summary>Its service.</summary>
    public TaskClient Tasks { get; }

    /// <inheritdoc/>
    public HostProcess Process { get; }

    /// <summary>Makes the container and starts it.</summary>
    public void Run(string log)
    {
        CreateTaskRequest create = new() { Id = _id, Bundle = _bundle.Path, Options = _shim.Options };
        if (log.Length > 0)
        {
            // Both: containerd's shim panics where one is missing.
            create.Stdout = $"{_shim.LogScheme}://{log}";
            create.Stderr = create.Stdout;
        }

        Shim.Get(Tasks.CreateAsync(create));
        Shim.Get(Tasks.StartAsync(new StartRequest { Id = _id }));
    }

    /// <summary>Runs a program in the container, to its end.</summary>
    public void Exec(string execId, string process)
    {
        Any spec = new() { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process", Value = ByteString.CopyFromUtf8(process) };
        Tasks.ExecAsync(new ExecProcessRequest { Id = _id, ExecId = execId, Spec = spec }).Wait();
        Shim.Get(Tasks.StartAsync(new StartRequest { Id = _id, ExecId = execId }));
        Shim.Get(Tasks.WaitAsync(new WaitRequest { Id = _id, ExecId = execId }));
        Shim.Get(Tasks.DeleteAsync(new DeleteRequest { Id = _id, ExecId = execId }));
    }

    /// <inheritdoc/>
    public void WaitForEnd()
    {
        Shim.Get(Tasks.WaitAsync(new WaitRequest { Id = _id }));
        Shim.Get(Tasks.DeleteAsync(new DeleteRequest { Id = _id }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Tasks.KillAsync(new KillRequest { Id = _id, Signal = 9, All = true }).Wait();
            WaitForEnd();
        }
        catch (Exception error) when (error is AggregateException or TtrpcException)
        {
            // There is no container, or none any more.
        }

        try
        {
            Tasks.ShutdownAsync(new ShutdownRequest { Id = _id }).Wait(TimeSpan.FromSeconds(5));
        }
        catch (AggregateException)
        {
            // Some end before they answer.
        }

        _client.Dispose();
    }
}
