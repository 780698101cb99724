using Bulkhead.Tests.DropIn.Containerd;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Cri;

/// <summary>Pods as the kubelet makes them, through containerd.</summary>
/// <remarks>The numbers are those of the fields in cri-api, runtime/v1/api.proto.</remarks>
[TestFixture(ShimKind.Runc, ContainerdRelease.Here)]
[TestFixture(ShimKind.Named, ContainerdRelease.Here)]
[TestFixture(ShimKind.Version3, ContainerdRelease.Sid)]
internal sealed class PodTests(ShimKind shim, string release)
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
        _host = new ContainerdHost(shim, cri: true, release);
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
            { 3, _host.Folder.Folder($"logs{_names}") },
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
        _host.MustHaveNoShim();
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

    [Test, CancelAfter(30_000)]
    public void A_pod_has_one_shim_for_all_of_its_containers()
    {
        string first = StartContainer("sleep", "60"), second = StartContainer("sleep", "60");

        Assert.That(_host.Shims, Has.Length.EqualTo(1));
        Assert.That(new[] { _pod, first, second }.Select(id => _host.Init(id).Status("PPid")), Is.All.EqualTo($"{_host.Shims.Single().Pid}"));

        // The shim goes on with the others when one container is gone.
        _cri.Call("StopContainer", new ProtoMessage { { 1, first } });
        _cri.Call("RemoveContainer", new ProtoMessage { { 1, first } });
        byte[] reply = _cri.Call("ExecSync", new ProtoMessage { { 1, second }, { 2, ["echo", "there"] } });

        Assert.That(ProtoMessage.Text(reply, 1), Is.EqualTo("there\n"));
    }

    [Test, CancelAfter(30_000)]
    public void The_runtime_has_the_options_of_containerds_configuration() =>
        Assert.That(Directory.Exists(Path.Combine(_host.Roots, "k8s.io", _pod)), Is.True);

    [Test, CancelAfter(30_000)]
    public void A_log_has_the_lines_of_both_streams()
    {
        string id = StartContainer("sh", "-c", "echo out; echo err >&2; echo -n rest");
        string log = ProtoMessage.Text(Status(id), 1, 15);

        Wait.Until(() => File.ReadAllLines(log).Length == 3, "three lines");

        string[] lines = [.. File.ReadAllLines(log).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal)];
        Assert.That(lines, Is.EqualTo((string[])["stderr F err", "stdout F out", "stdout P rest"]).Or.EqualTo((string[])["stderr F err", "stdout F out", "stdout F rest"]));
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(30_000)]
    public void An_exec_is_streamed(bool hasTerminal)
    {
        string id = StartContainer("sleep", "60");
        var request = new ProtoMessage { { 1, id }, { 2, ["sh", "-c", "read line; echo got $line; [ -t 0 ] && echo terminal; exit 9"] }, { 3, hasTerminal ? 1 : 0 }, { 4, 1 }, { 5, 1 }, { 6, hasTerminal ? 0 : 1 } };

        StreamedExec exec = StreamedExec.Run(ProtoMessage.Text(_cri.Call("Exec", request), 1), "words\n");

        Assert.That(exec.Output, Does.Contain("got words"));
        Assert.That(exec.Output.Contains("terminal", StringComparison.Ordinal), Is.EqualTo(hasTerminal));
        Assert.That(exec.Status, Does.Contain("\"message\":\"9\""));
    }

    [Test, CancelAfter(30_000)]
    public void A_container_that_needs_too_much_memory_says_so()
    {
        string id = StartContainer("busybox", "awk", "BEGIN { for (;;) a[i++] = \"bulkhead bulkhead bulkhead\" }");

        Wait.Until(() => State(id) == Exited, "the container to end");

        Assert.That(ProtoMessage.Number(Status(id), 1, 7), Is.EqualTo(137));
        Wait.Until(() => ProtoMessage.Text(Status(id), 1, 10) == "OOMKilled", "the reason");
    }

    private string CreateContainer(params string[] command)
    {
        var container = new ProtoMessage
        {
            { 1, new ProtoMessage { { 1, $"container{++_names}" } } },
            { 2, new ProtoMessage { { 1, ContainerdHost.Image } } },
            { 3, command },
            { 11, $"{_names}.log" },
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
