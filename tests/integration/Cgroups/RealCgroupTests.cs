using System.Diagnostics;
using Bulkhead.Cgroups;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;
using Process = System.Diagnostics.Process;

namespace Bulkhead.Tests.Integration.Cgroups;

/// <summary>The back end for this machine's layout, against its kernel.</summary>
[CancelAfter(60_000)]
public sealed class RealCgroupTests
{
    private readonly List<Process> _processes = [];
    private ICgroup _cgroup = null!;

    [SetUp]
    public void Make()
    {
        string name = $"bulkhead-test-{Environment.ProcessId}";
        _cgroup = Cgroup.ForContainer("web", $"/{name}/{TestContext.CurrentContext.Test.ID}");
        _cgroup.Create();
    }

    [TearDown]
    public void RemoveAll()
    {
        _cgroup.KillAll(9);
        foreach (Process process in _processes)
        {
            process.WaitForExit();
            process.Dispose();
        }

        _processes.Clear();
        string[] paths = [.. _cgroup.Paths.Values];
        _cgroup.Remove();
        _cgroup.Dispose();
        Assert.That(paths, Is.All.Matches<string>(path => !Directory.Exists(path) && !Directory.Exists(Path.GetDirectoryName(path))));
    }

    [Test]
    public void Limits_are_in_the_kernels_files()
    {
        _cgroup.Apply(new LinuxResources
        {
            Memory = new LinuxMemory { Limit = 64 << 20, Reservation = 32 << 20 },
            Pids = new LinuxPids { Limit = 50 },
            Cpu = new LinuxCpu { Shares = 512, Quota = 20000, Period = 50000 },
        });

        Assert.Multiple(() =>
        {
            Assert.That(Read("memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo("67108864"));
            Assert.That(Read("memory", "memory.soft_limit_in_bytes", "memory.low"), Is.EqualTo("33554432"));
            Assert.That(Read("pids", "pids.max", "pids.max"), Is.EqualTo("50"));
            Assert.That(Read("cpu", "cpu.shares", "cpu.weight"), Is.EqualTo("512").Or.EqualTo("59"));
            Assert.That(Read("cpu", "cpu.cfs_quota_us", "cpu.max"), Is.EqualTo("20000").Or.EqualTo("20000 50000"));
        });
    }

    [TestCase(64, 96, 128, 256, TestName = "memory and swap can be raised above the old limit of both")]
    [TestCase(128, 256, 32, 64, TestName = "memory and swap can be lowered below the old limit of memory")]
    [TestCase(64, 96, -1, 0, TestName = "the limit can be lifted")]
    public void Memory_can_be_updated(int limit, int swap, int newLimit, int newSwap)
    {
        _cgroup.Apply(new LinuxResources { Memory = Megabytes(limit, swap) });

        _cgroup.Update(new LinuxResources { Memory = Megabytes(newLimit, newSwap) });

        string written = Read("memory", "memory.limit_in_bytes", "memory.max");
        Assert.That(written, newLimit > 0 ? Is.EqualTo($"{(long)newLimit << 20}") : Is.EqualTo("max").Or.EqualTo("9223372036854771712"));
    }

    [Test]
    public void Devices_are_denied_but_for_the_usual_ones_and_those_asked_for()
    {
        _cgroup.Apply(new LinuxResources());
        Process shell = Start("read go; true > /dev/null && echo null; true < /dev/kmsg || echo denied; read go; true < /dev/kmsg && echo kmsg");
        shell.StandardInput.WriteLine();
        shell.StandardInput.Flush();
        string first = $"{shell.StandardOutput.ReadLine()} {shell.StandardOutput.ReadLine()}";

        _cgroup.Update(new LinuxResources { Devices = [new LinuxDeviceCgroup { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] });
        shell.StandardInput.WriteLine();
        shell.StandardInput.Flush();
        string rest = shell.StandardOutput.ReadToEnd();

        Assert.That((first, rest), Is.EqualTo(("null denied", "kmsg\n")));
    }

    [Test]
    public void Freezing_stops_and_thawing_continues()
    {
        _cgroup.Apply(new LinuxResources());
        Process shell = Start("while read line; do echo $line; done");

        _cgroup.SetFrozen(true);
        bool frozen = _cgroup.IsFrozen;
        shell.StandardInput.WriteLine("on");
        shell.StandardInput.Flush();
        Task<string?> answer = shell.StandardOutput.ReadLineAsync();
        bool answered = answer.Wait(TimeSpan.FromMilliseconds(100));
        _cgroup.SetFrozen(false);

        Assert.Multiple(() =>
        {
            Assert.That(frozen, Is.True);
            Assert.That(answered, Is.False);
            Assert.That(answer.Result, Is.EqualTo("on"));
            Assert.That(_cgroup.IsFrozen, Is.False);
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Killing_leaves_none_of_those_that_fork_meanwhile(bool frozen)
    {
        _cgroup.Apply(new LinuxResources { Pids = new LinuxPids { Limit = 100 } });
        Start("f() { while :; do sleep 0.01 & sleep 0.02; done; }; f & f & f");
        SpinWait.SpinUntil(() => _cgroup.Processes().Count > 4, TimeSpan.FromSeconds(10));
        if (frozen)
        {
            _cgroup.SetFrozen(true);
        }

        using ICgroup again = Cgroup.Open(_cgroup.Version, _cgroup.Paths);
        again.KillAll(9);

        Assert.That(() => _cgroup.Processes(), Is.Empty.After(5000, 10));
    }

    [Test]
    public void Statistics_count_what_runs()
    {
        _cgroup.Apply(new LinuxResources { Pids = new LinuxPids { Limit = 7 } });
        Process shell = Start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; read go");
        shell.StandardOutput.ReadLine();

        CgroupStatistics statistics = _cgroup.Statistics();

        Assert.Multiple(() =>
        {
            Assert.That(statistics.Cpu.TotalNanoseconds, Is.Positive);
            Assert.That(statistics.Memory.Usage.UsageBytes, Is.Positive);
            Assert.That(statistics.Memory.Raw, Is.Not.Empty);
            Assert.That(statistics.Pids, Is.EqualTo(new PidsStatistics { Current = 1, Limit = 7 }));
        });
    }

    [Test]
    public void A_cgroup_with_processes_is_not_removed()
    {
        Start("read go");

        Assert.That(_cgroup.Remove, Throws.TypeOf<Linux.LinuxException>().With.Property("Error").EqualTo(Linux.Errno.EBUSY));
    }

    [Test]
    public void A_refused_limit_is_named() =>
        Assert.That(
            () => _cgroup.Apply(new LinuxResources { BlockIo = new LinuxBlockIo { ThrottleReadBpsDevice = [new LinuxThrottleDevice { Major = 259, Minor = 9999, Rate = 5 }] } }),
            Throws.TypeOf<CgroupException>().With.Message.Match("^linux.resources.blockIO.throttleReadBpsDevice.0.: write /sys/.*: No such device \\(ENODEV\\)$"));

    private static LinuxMemory Megabytes(long limit, long swap) =>
        new() { Limit = limit < 0 ? limit : limit << 20, Swap = swap == 0 ? null : swap << 20 };

    private Process Start(string script)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", $"read joined; {{ {script}; }} 2> /dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        _processes.Add(process);
        _cgroup.Add(process.Id);
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
        return process;
    }

    private string Read(string controller, string v1, string v2)
    {
        bool own = _cgroup.Paths.TryGetValue(controller, out string? directory);
        return File.ReadAllText(Path.Combine(directory ?? _cgroup.Paths[""], own ? v1 : v2)).Trim();
    }
}
