using System.Globalization;
using System.Text.Json.Nodes;
using Bulkhead.Tests.Integration.Lifecycle;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>When and where the container's processes run, whence their memory comes and what machine they see, as the kernel tells the host.</summary>
[TestFixture]
internal sealed class SchedulingTests
{
    private const int NiceField = 18;
    private const int PriorityField = 39;
    private const int PolicyField = 40;

    [TestCase("{'policy': 'SCHED_OTHER', 'nice': 7}", 0, 7)]
    [TestCase("{'policy': 'SCHED_OTHER', 'nice': -5}", 0, -5)]
    [TestCase("{'policy': 'SCHED_BATCH', 'nice': 19}", 3, 19)]
    [TestCase("{'policy': 'SCHED_IDLE'}", 5, 0)]
    [CancelAfter(30_000)]
    public void Init_and_exec_have_the_policy_and_the_nice_value_of_the_document(string scheduler, int policy, int nice)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("process.scheduler", Json(scheduler)).Process.Args("sleep", "60"));

        string[] init = Stat(container.Init.Read("stat"));
        string[] exec = Stat(container.Exec("cat", "/proc/self/stat").MustSucceed().Output);

        Assert.That((init[PolicyField], init[NiceField]), Is.EqualTo((Text(policy), Text(nice))));
        Assert.That((exec[PolicyField], exec[NiceField]), Is.EqualTo((Text(policy), Text(nice))));
    }

    [TestCase("SCHED_FIFO", 1, 1), TestCase("SCHED_FIFO", 99, 1), TestCase("SCHED_RR", 20, 2)]
    [CancelAfter(30_000)]
    public void A_real_time_policy_has_its_priority(string name, int priority, int policy)
    {
        using var container = TestContainer.Started(bundle =>
        {
            GiveRealTime(bundle);
            bundle.Set("process.scheduler", new JsonObject { ["policy"] = name, ["priority"] = priority }).Process.Args("sleep", "60");
        });

        string[] init = Stat(container.Init.Read("stat"));

        Assert.That((init[PolicyField], init[PriorityField]), Is.EqualTo((Text(policy), Text(priority))));
    }

    [Test, CancelAfter(30_000)]
    public void A_user_namespace_has_the_policy_that_only_the_hosts_root_may_set()
    {
        using var container = TestContainer.Started(bundle => bundle.UserNamespace().Set("process.scheduler", Json("{'policy': 'SCHED_OTHER', 'nice': -7}"))
            .Set("process.ioPriority", Json("{'class': 'IOPRIO_CLASS_RT', 'priority': 5}")).Process.Args("sleep", "60"));

        Assert.That(Stat(container.Init.Read("stat"))[NiceField], Is.EqualTo("-7"));
        Assert.That(IoPriority(container.Init.Pid), Is.EqualTo("realtime: prio 5"));
    }

    [Test, CancelAfter(30_000)]
    public void What_is_to_end_with_a_fork_does_so()
    {
        using var container = TestContainer.From(bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_BATCH', 'nice': -5, 'flags': ['SCHED_FLAG_RESET_ON_FORK']}"))
            .Process.Shell("read -r init < /proc/self/stat; echo \"$init\"; cat /proc/self/stat; exit"));

        Result result = container.Run();

        Assert.That(result.Lines.Select(line => Stat(line)[NiceField]), Is.EqualTo(new[] { "-5", "0" }), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void A_deadline_is_kept()
    {
        using var container = TestContainer.From(bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_DEADLINE', 'runtime': 1000000, 'deadline': 10000000, 'period': 20000000}"))
            .Process.Args("cat", "/proc/self/sched"));

        Result result = container.Run();

        if (result.Error.Contains("(EPERM)", StringComparison.Ordinal) || result.Error.Contains("(EBUSY)", StringComparison.Ordinal))
        {
            Assert.Ignore($"the machine gives no deadlines: {result.Error}");
        }

        Assert.That(Field(result.Output, "policy"), Is.EqualTo("6"), $"{result}");
        Assert.That((Field(result.Output, "dl.runtime"), Field(result.Output, "dl.deadline")), Is.Not.EqualTo(("", "")));
    }

    [TestCase("IOPRIO_CLASS_RT", 0, "realtime: prio 0"), TestCase("IOPRIO_CLASS_BE", 7, "best-effort: prio 7"), TestCase("IOPRIO_CLASS_IDLE", 0, "idle")]
    [CancelAfter(30_000)]
    public void Access_to_disks_has_the_priority_of_the_document(string name, int level, string shown)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("process.ioPriority", new JsonObject { ["class"] = name, ["priority"] = level }).Process.Args("sleep", "60"));
        string file = container.Folder.File("pid");

        container.ExecWith(["-d", "--pid-file", file], "sleep", "60").MustSucceed();

        Assert.That(IoPriority(container.Init.Pid), Is.EqualTo(shown));
        Assert.That(IoPriority(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)), Is.EqualTo(shown));
    }

    [TestCase(null, null), TestCase("0", null), TestCase("0", "1"), TestCase(null, "1"), TestCase("", " 0 , 0-1 "), TestCase("1", "")]
    [CancelAfter(30_000)]
    public void An_exec_runs_on_the_processors_of_the_document_and_init_on_all(string? initial, string? final)
    {
        NeedsTwoProcessors();
        using var container = TestContainer.Started(bundle => bundle.Set("process.execCPUAffinity", Affinity(initial, final)).Process.Args("sleep", "60"));

        string exec = container.Exec("grep", "Cpus_allowed_list", "/proc/self/status").MustSucceed().Output;

        Assert.That(exec.Split('\t')[1], Is.EqualTo(final == "1" ? "1" : HostProcess.Self.Status("Cpus_allowed_list")));
        Assert.That(container.Init.Status("Cpus_allowed_list"), Is.EqualTo(HostProcess.Self.Status("Cpus_allowed_list")));
    }

    [Test, CancelAfter(30_000)]
    public void The_document_of_an_exec_has_its_own_processors_or_the_containers()
    {
        NeedsTwoProcessors();
        using var container = TestContainer.Started(bundle => bundle.Set("process.execCPUAffinity", Affinity(null, "1")).Process.Args("sleep", "60"));
        const string process = "'args': ['grep', 'Cpus_allowed_list', '/proc/self/status'], 'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'env': ['PATH=/bin:/usr/bin']";
        string silent = container.Folder.Write("silent.json", Json($"{{{process}}}").ToJsonString());
        string own = container.Folder.Write("own.json", Json($"{{{process}, 'execCPUAffinity': {{'final': '0'}}}}").ToJsonString());

        Assert.That(container.ExecWith(["--process", silent]).Output, Does.EndWith("\t1"));
        Assert.That(container.ExecWith(["--process", own]).Output, Does.EndWith("\t0"));
    }

    [Test, CancelAfter(30_000)]
    public void The_processors_of_an_exec_have_to_be_among_the_containers()
    {
        NeedsTwoProcessors();
        using var container = TestContainer.Started(bundle => bundle.Set("linux.resources.cpu.cpus", "0").Set("process.execCPUAffinity", Affinity(null, "1")).Process.Args("sleep", "60"));

        Result result = container.Exec("true");

        Assert.That(result.ExitCode, Is.EqualTo(255), $"{result}");
        Assert.That(result.Error, Does.Contain("process.execCPUAffinity.final").And.Contain("invalid argument").IgnoreCase);
    }

    [Test, CancelAfter(30_000)]
    public void The_processors_of_the_caller_do_not_confine_the_container()
    {
        NeedsTwoProcessors();
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string shown = HostProcess.Self.Status("Cpus_allowed_list");

        HostShell.Run(container.Folder, $"exec taskset -c 0 {Repository.RuntimeBinary} --root {container.Runtime.Root} create --bundle {container.Bundle.Path} {container.Id} </dev/null").MustSucceed();
        container.Start().MustSucceed();
        string exec = container.Exec("grep", "Cpus_allowed_list", "/proc/self/status").MustSucceed().Output;

        Assert.That(container.Init.Status("Cpus_allowed_list"), Is.EqualTo(shown));
        Assert.That(exec, Does.EndWith($"\t{shown}"));
    }

    [TestCase("{'mode': 'MPOL_DEFAULT'}", "default"), TestCase("{'mode': 'MPOL_LOCAL'}", "local")]
    [TestCase("{'mode': 'MPOL_BIND', 'nodes': '0'}", "bind:0"), TestCase("{'mode': 'MPOL_PREFERRED', 'nodes': '0'}", "prefer:0")]
    [TestCase("{'mode': 'MPOL_PREFERRED_MANY', 'nodes': '0'}", "prefer (many):0"), TestCase("{'mode': 'MPOL_INTERLEAVE', 'nodes': ' 0-0, '}", "interleave:0")]
    [TestCase("{'mode': 'MPOL_WEIGHTED_INTERLEAVE', 'nodes': '0'}", "weighted interleave:0"), TestCase("{'mode': 'MPOL_PREFERRED'}", "local")]
    [TestCase("{'mode': 'MPOL_BIND', 'nodes': '0', 'flags': ['MPOL_F_STATIC_NODES']}", "bind=static:0")]
    [TestCase("{'mode': 'MPOL_INTERLEAVE', 'nodes': '0', 'flags': ['MPOL_F_RELATIVE_NODES']}", "interleave=relative:0")]
    [TestCase("{'mode': 'MPOL_BIND', 'nodes': '0', 'flags': ['MPOL_F_NUMA_BALANCING']}", "bind=balancing:0")]
    [CancelAfter(30_000)]
    public void Memory_comes_from_the_nodes_of_the_document(string policy, string shown)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.memoryPolicy", Json(policy)).Process.Args("sleep", "60"));

        string init = container.Init.Read("numa_maps");
        string exec = container.Exec("cat", "/proc/self/numa_maps").MustSucceed().Output;

        Assert.That(init.TrimEnd().Split('\n').Select(line => line + ' '), Has.All.Contains($" {shown} "));
        Assert.That(exec.Split('\n').Select(line => line + ' '), Has.All.Contains($" {shown} "));
    }

    [TestCase("LINUX", "00000000", "x86_64"), TestCase("LINUX32", "00000008", "i686")]
    [CancelAfter(30_000)]
    public void The_machine_is_that_of_the_personality(string domain, string shown, string machine)
    {
        using var container = TestContainer.Started(bundle => bundle.Set("linux.personality", new JsonObject { ["domain"] = domain }).Process.Args("sleep", "60"));

        string exec = container.Exec("uname", "-m").MustSucceed().Output;

        Assert.That(container.Init.Read("personality").Trim(), Is.EqualTo(shown));
        Assert.That(exec, Is.EqualTo(machine));
    }

    private static JsonNode Json(string text) => JsonNode.Parse(text.Replace('\'', '"'))!;

    private static JsonObject Affinity(string? initial, string? final)
    {
        JsonObject affinity = [];
        if (initial is not null)
        {
            affinity["initial"] = initial;
        }

        if (final is not null)
        {
            affinity["final"] = final;
        }

        return affinity;
    }

    /// <summary>A share of real time, which a kernel with groups of real time needs of a cgroup; the group is below the root, which has some left.</summary>
    private static void GiveRealTime(TestBundle bundle)
    {
        if (File.Exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"))
        {
            bundle.Set("linux.cgroupsPath", $"/{Path.GetFileName(Path.GetDirectoryName(bundle.Path))}").Set("linux.resources.cpu.realtimeRuntime", 10_000);
        }
    }

    private static void NeedsTwoProcessors()
    {
        if (HostProcess.Self.Status("Cpus_allowed_list") is not ['0', '-' or ',', ..])
        {
            Assert.Ignore("needs the processors 0 and 1");
        }
    }

    /// <summary>The fields of <c>/proc/PID/stat</c>, counted from 0; proc_pid_stat(5).</summary>
    private static string[] Stat(string line) => line.TrimEnd('\n').Split(' ');

    private static string Field(string text, string name) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "";

    private static string IoPriority(int pid) => Host.Run("ionice", "-p", Text(pid)).MustSucceed().Output;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
