using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Bulkhead.Ttrpc;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>What is measured and changed of a running container: Stats, Update, Pids, Pause, Resume, Connect and its rootfs.</summary>
internal sealed class ResourceTests
{
    [Test, CancelAfter(60_000)]
    public async Task Update_changes_the_limits()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        await container.UpdateAsync("""{"memory":{"limit":67108864},"pids":{"limit":77}}""");

        ContainerCgroups cgroups = CgroupLayout.Here.Of((int)(await container.StateAsync()).Pid);
        Assert.That(cgroups.Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
        Assert.That(cgroups.Read("pids", "pids.max", "pids.max"), Is.EqualTo("77"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Stats_are_those_of_the_containers_cgroup()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle =>
        {
            bundle.Process.Shell("dd if=/dev/zero of=/dev/null bs=1M count=200; sleep 301 & sleep 302; true");
            bundle.Set("linux.resources.memory.limit", 64 << 20);
            bundle.Set("linux.resources.pids.limit", 55);
        });
        ContainerCgroups cgroups = CgroupLayout.Here.Of((int)(await container.StateAsync()).Pid);
        var init = new HostProcess((int)(await container.StateAsync()).Pid);
        Wait.Until(() => init.Children.Count(IsSleep) == 2, "both sleeps");

        Any stats = await container.StatsAsync();

        if (cgroups.Kind == CgroupKind.Unified)
        {
            Assert.That(stats.TypeUrl, Is.EqualTo("io.containerd.cgroups.v2.Metrics"));
            var metrics = Proto.Containerd.Cgroups.V2.Metrics.Parser.ParseFrom(stats.Value);
            Assert.That((metrics.Pids.Current, metrics.Pids.Limit, metrics.Memory.UsageLimit), Is.EqualTo((3, 55, 64 << 20)));
            Assert.That(metrics.Memory.Usage, Is.InRange(1, 64 << 20));
            Assert.That(metrics.Cpu.UsageUsec, Is.Positive);
        }
        else
        {
            Assert.That(stats.TypeUrl, Is.EqualTo("io.containerd.cgroups.v1.Metrics"));
            var metrics = Proto.Containerd.Cgroups.V1.Metrics.Parser.ParseFrom(stats.Value);
            Assert.That((metrics.Pids.Current, metrics.Pids.Limit, metrics.Memory.Usage.Limit), Is.EqualTo((3, 55, 64 << 20)));
            Assert.That(metrics.Memory.Usage.Usage, Is.InRange(1, 64 << 20));
            Assert.That(metrics.Cpu.Usage.Total, Is.Positive);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Pids_lists_every_process_and_says_which_are_execs()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("sleep 301 & sleep 302; true"));
        int init = (int)(await container.StateAsync()).Pid;
        await container.ExecAsync("one", ["sleep", "300"]);
        int exec = await container.StartAsync("one");
        Wait.Until(() => new HostProcess(init).Children.Length == 2, "both sleeps");

        IReadOnlyList<ProcessInfo> processes = await container.PidsAsync();

        Assert.That(processes.Select(process => (int)process.Pid), Is.EquivalentTo(new HostProcess(init).Children.Append(init).Append(exec)));
        ProcessInfo known = processes.Single(process => process.Info is not null);
        Assert.That(known.Pid, Is.EqualTo((uint)exec));
        Assert.That(known.Info.TypeUrl, Is.EqualTo("containerd.runc.v1.ProcessDetails"));
        Assert.That(ProcessDetails.Parser.ParseFrom(known.Info.Value).ExecId, Is.EqualTo("one"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Pause_stops_the_processes_and_resume_lets_them_go_on()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("i=0; while :; do i=$((i+1)); echo $i; usleep 10000; done"));
        using var output = new FifoReader(caller.Folder.File("out"));
        await container.CreateAsync(request => request.Stdout = output.Path);
        await container.StartAsync();
        output.WaitFor("3\n");

        await container.PauseAsync();
        StateResponse paused = await container.StateAsync();
        Result runtime = new HostCommand(caller.Folder, Repository.RuntimeBinary, "--root", caller.Folder.File($"state/{caller.Namespace}")).Run("state", container.Id);
        await container.ResumeAsync();
        long count = output.Count;

        Assert.That(paused.Status, Is.EqualTo(Status.Paused));
        Assert.That(runtime.Output, Does.Contain("\"paused\""));
        Assert.That((await container.StateAsync()).Status, Is.EqualTo(Status.Running));
        Wait.Until(() => output.Count > count, "the container to go on");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_paused_container_is_killed_and_its_exit_told_of()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        await container.PauseAsync();

        await container.KillAsync();

        Assert.That((await container.WaitAsync()).ExitStatus, Is.EqualTo(137));
        StateResponse stopped = await container.StateAsync();
        Assert.That((stopped.Status, stopped.ExitStatus), Is.EqualTo((Status.Stopped, 137)));
        await container.DeleteAsync();
    }

    [Test, CancelAfter(60_000)]
    public async Task Connect_names_the_processes_also_on_a_new_connection()
    {
        using var caller = new ShimCaller();
        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));
        container.Disconnect();

        ConnectResponse connected = await container.ConnectAsync();

        Assert.That((connected.ShimPid, connected.TaskPid), Is.EqualTo(((uint)container.Shim.Pid, (await container.StateAsync()).Pid)));
        Assert.That(connected.Version, Is.Not.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_rootfs_is_mounted_as_asked_and_unmounted()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served(bundle => bundle.Process.Shell("cat /from-above /from-below; echo written >/new; exit 5").Terminal(false));
        container.Bundle.Writable().Save();
        string lower = caller.Folder.Folder("lower");
        TestRootfs.Create(lower);
        File.WriteAllText(Path.Combine(lower, "from-below"), "below\n");
        string upper = caller.Folder.Folder("upper");
        string work = caller.Folder.Folder("work");
        string middle = caller.Folder.Folder("middle");
        File.WriteAllText(Path.Combine(middle, "from-above"), "above\n");
        using var output = new FifoReader(caller.Folder.File("out"));

        await container.CreateAsync(request =>
        {
            request.Stdout = output.Path;
            request.Rootfs.Add(new Mount { Type = "overlay", Source = "overlay", Options = { $"lowerdir={middle}:{lower}", $"upperdir={upper}", $"workdir={work}" } });
        });
        MountEntry mounted = MountEntry.Read("self").Single(mount => mount.MountPoint == container.Bundle.Rootfs);
        await container.StartAsync();
        await container.WaitAsync();
        await container.DeleteAsync();

        Assert.That(mounted.Type, Is.EqualTo("overlay"));
        Assert.That(output.WaitForEnd(), Is.EqualTo("above\nbelow\n"));
        Assert.That(File.ReadAllText(Path.Combine(upper, "new")), Is.EqualTo("written\n"));
        Assert.That(LeakCheck.PlacesOf(container.Id), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Containers_of_a_pod_live_and_end_on_their_own_and_the_shim_with_the_last()
    {
        using var caller = new ShimCaller();
        ShimContainer first = await caller.StartedAsync(InPod);
        ShimContainer second = await caller.StartedAsync(InPod);
        await second.ExecAsync("one", ["sleep", "300"]);
        await second.StartAsync("one");
        await Failure.Of(first.StateAsync("one"), TtrpcCode.NotFound, "one");

        await first.KillAsync();
        await first.WaitAsync();
        await first.DeleteAsync();
        await first.ShutdownAsync();
        Status status = (await second.StateAsync()).Status;
        await second.KillAsync();
        await second.WaitAsync();
        await second.DeleteAsync();
        await second.ShutdownAsync();

        Assert.That(status, Is.EqualTo(Status.Running));
        first.WaitUntilShimEnded();
        Assert.That(File.Exists(first.Socket), Is.False);

        static void InPod(TestBundle bundle)
        {
            bundle.Process.Args("sleep", "300");
            bundle.Object("annotations")["io.kubernetes.cri.sandbox-id"] = "the-pod";
        }
    }

    private static bool IsSleep(int pid)
    {
        try
        {
            return new HostProcess(pid).CommandLine[0] == "sleep";
        }
        catch (IOException)
        {
            // A program that the shell has run before, and that has just ended.
            return false;
        }
    }
}
