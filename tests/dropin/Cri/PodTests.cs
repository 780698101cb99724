using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Cri;

/// <summary>Pods as the kubelet makes them, through containerd.</summary>
/// <remarks>The numbers are those of the fields in cri-api, runtime/v1/api.proto.</remarks>
internal sealed class PodTests
{
    private const int Running = 1;
    private const int Exited = 2;

    private ContainerdHost _host = null!;
    private CriClient _cri = null!;
    private ProtoMessage _sandbox = null!;
    private string _pod = "";
    private int _names;

    [OneTimeSetUp]
    public void Start()
    {
        _host = new ContainerdHost(cri: true);
        _cri = new CriClient(_host.Socket);
        _host.ImportImage("k8s.io");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _cri?.Dispose();
        _host?.Dispose();
    }

    [SetUp]
    public void RunPod()
    {
        // The host's network, because any other needs plug-ins.
        _sandbox = new ProtoMessage
        {
            { 1, new ProtoMessage { { 1, $"pod{++_names}" }, { 2, $"uid{_names}" }, { 3, "default" } } },
            { 8, new ProtoMessage { { 1, "/" + _host.Folder.Name }, { 2, new ProtoMessage { { 1, new ProtoMessage { { 1, 2 }, { 2, 1 } } } } } } },
        };
        _pod = ProtoMessage.Text(_cri.Call("RunPodSandbox", new ProtoMessage { { 1, _sandbox } }), 1);
    }

    [TearDown]
    public void RemovePod()
    {
        _cri.Call("StopPodSandbox", new ProtoMessage { { 1, _pod } });
        _cri.Call("RemovePodSandbox", new ProtoMessage { { 1, _pod } });
        Assert.That(Directory.GetDirectories(_host.CgroupParent), Is.Empty, "cgroups of containers that are gone");
    }

    [Test, CancelAfter(30_000)]
    public void A_container_runs_in_its_pods_namespaces_and_cgroup()
    {
        string id = StartContainer("sleep", "60");

        HostProcess container = _host.Init(id), sandbox = _host.Init(_pod);

        Assert.That(State(id), Is.EqualTo(Running));
        Assert.That(container.Namespace("ipc"), Is.EqualTo(sandbox.Namespace("ipc")).And.Not.EqualTo(HostProcess.Self.Namespace("ipc")));
        Assert.That(container.Namespace("pid"), Is.Not.EqualTo(sandbox.Namespace("pid")));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_ends_is_known_by_its_exit_code()
    {
        string id = StartContainer("sh", "-c", "exit 7");

        Wait.Until(() => State(id) == Exited, "the container to end");

        Assert.That(ProtoMessage.Number(Status(id), 1, 7), Is.EqualTo(7));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_whose_program_is_not_there_says_so()
    {
        string id = CreateContainer("nosuch");

        _cri.TryCall("StartContainer", new ProtoMessage { { 1, id } }, out string error);

        Assert.That(error, Does.Contain("\"nosuch\": executable file not found in $PATH"));
        Assert.That(ProtoMessage.Number(Status(id), 1, 7), Is.EqualTo(128), "the exit code that the kubelet reads as StartError");
    }

    [Test, CancelAfter(30_000)]
    public void Exec_passes_on_the_streams_and_the_exit_code()
    {
        string id = StartContainer("sleep", "60");

        byte[] reply = _cri.Call("ExecSync", new ProtoMessage { { 1, id }, { 2, ["sh", "-c", "echo $FROM; echo err >&2; exit 9"] }, { 3, 10 } });

        Assert.That(ProtoMessage.Text(reply, 1), Is.EqualTo("the image\n"));
        Assert.That(ProtoMessage.Text(reply, 2), Is.EqualTo("err\n"));
        Assert.That(ProtoMessage.Number(reply, 3), Is.EqualTo(9));
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_that_takes_too_long_is_ended()
    {
        string id = StartContainer("sleep", "60");

        _cri.TryCall("ExecSync", new ProtoMessage { { 1, id }, { 2, ["sleep", "61"] }, { 3, 1 } }, out string error);

        Assert.That(error, Does.Contain("timeout"));
        Assert.That(File.ReadAllLines(Path.Combine(_host.CgroupParent, id, "cgroup.procs")), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void Stop_asks_first_and_kills_what_does_not_listen()
    {
        string listens = StartContainer("sh", "-c", "trap 'exit 3' TERM; touch /tmp/up; while :; do usleep 10000; done");
        string deaf = StartContainer("sleep", "60");
        Wait.Until(() => File.Exists(_host.Init(listens).InRoot("/tmp/up")), "the container");

        _cri.Call("StopContainer", new ProtoMessage { { 1, listens }, { 2, 10 } });
        _cri.Call("StopContainer", new ProtoMessage { { 1, deaf }, { 2, 1 } });

        Assert.That(ProtoMessage.Number(Status(listens), 1, 7), Is.EqualTo(3));
        Assert.That(ProtoMessage.Number(Status(deaf), 1, 7), Is.EqualTo(137));
    }

    [Test, CancelAfter(30_000)]
    public void Update_changes_the_limits_and_the_statistics_are_those_of_the_cgroup()
    {
        string id = StartContainer("sleep", "60");

        _cri.Call("UpdateContainerResources", new ProtoMessage { { 1, id }, { 2, new ProtoMessage { { 3, 300 }, { 4, 128 << 20 } } } });
        byte[] statistics = _cri.Call("ContainerStats", new ProtoMessage { { 1, id } });

        ContainerCgroups cgroups = CgroupLayout.Here.Of(_host.Init(id).Pid);
        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("134217728"));
        Assert.That(cgroups.Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo("300").Or.EqualTo("12"));
        Assert.That(ProtoMessage.Number(statistics, 1, 3, 2, 1), Is.InRange(1, 128 << 20), "the bytes of memory in use");
    }

    [Test, CancelAfter(30_000)]
    public void Stopping_a_pod_ends_its_containers()
    {
        string id = StartContainer("sleep", "60");
        HostProcess init = _host.Init(id);

        _cri.Call("StopPodSandbox", new ProtoMessage { { 1, _pod } });

        Assert.That(State(id), Is.EqualTo(Exited));
        Assert.That(init.IsAlive, Is.False);
    }

    private string CreateContainer(params string[] command)
    {
        var container = new ProtoMessage
        {
            { 1, new ProtoMessage { { 1, $"container{++_names}" } } },
            { 2, new ProtoMessage { { 1, ContainerdHost.Image } } },
            { 3, command },
            { 15, new ProtoMessage { { 1, new ProtoMessage { { 4, 64 << 20 } } }, { 2, new ProtoMessage { { 3, new ProtoMessage { { 1, 2 }, { 2, 1 } } } } } } },
        };
        return ProtoMessage.Text(_cri.Call("CreateContainer", new ProtoMessage { { 1, _pod }, { 2, container }, { 3, _sandbox } }), 1);
    }

    private string StartContainer(params string[] command)
    {
        string id = CreateContainer(command);
        _cri.Call("StartContainer", new ProtoMessage { { 1, id } });
        return id;
    }

    private byte[] Status(string id) => _cri.Call("ContainerStatus", new ProtoMessage { { 1, id } });

    private long State(string id) => ProtoMessage.Number(Status(id), 1, 3);
}
