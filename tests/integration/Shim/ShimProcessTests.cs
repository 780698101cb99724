using System.Diagnostics;
using System.Globalization;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>The shim's process: detached from its caller, with nothing of it, and quiet.</summary>
internal sealed class ShimProcessTests
{
    [Test, CancelAfter(60_000)]
    public void The_shim_leads_a_session_of_its_own_and_is_no_child_of_its_caller()
    {
        using var caller = new ShimCaller();

        HostProcess shim = caller.Served().Shim;

        // After the name in parentheses: state, parent, group, session.
        string[] fields = shim.Read("stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.That((fields[2], fields[3]), Is.EqualTo((Text(shim.Pid), Text(shim.Pid))));
        Assert.That(fields[1], Is.Not.EqualTo(Text(Environment.ProcessId)));
    }

    [Test, CancelAfter(60_000)]
    public void The_shim_has_no_descriptor_of_its_caller()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From();
        string secret = caller.Folder.Write("secret", "");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec 7<\"$1\"; shift; exec \"$@\"", "sh", secret, Repository.ShimBinary, .. container.Arguments("start")])
        {
            WorkingDirectory = container.Bundle.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        // It may not have come to its first line yet.
        Wait.Until(() => container.Shim.Descriptors[0] == "/dev/null", "the shim to have moved its socket away");
        SortedDictionary<int, string> open = container.Shim.Descriptors;
        Assert.That(open.Values, Has.None.EqualTo(secret));
        Assert.That(open.Values.Where(target => target.StartsWith("pipe:", StringComparison.Ordinal)), Is.Empty);
        Assert.That((open[1], open[2]), Is.EqualTo(("/dev/null", "/dev/null")));
        Assert.That(open.Values.Count(target => target.StartsWith("socket:", StringComparison.Ordinal)), Is.EqualTo(1), "the one that it listens on");
    }

    [Test, CancelAfter(60_000)]
    public async Task The_runtime_and_the_container_have_no_descriptor_of_the_shim()
    {
        using var caller = new ShimCaller();
        string listing = caller.Folder.File("descriptors");
        string wrapper = caller.Folder.Write("runtime", $"#!/bin/sh\nls -l /proc/self/fd >>'{listing}'\nexec '{Repository.RuntimeBinary}' \"$@\"\n");
        File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        caller.Options.BinaryName = wrapper;

        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        // ls itself has the folder that it lists.
        string[] open = [.. File.ReadLines(listing).Where(line => line.Contains("->", StringComparison.Ordinal) && !line.Contains("/proc/", StringComparison.Ordinal))];
        Assert.That(open.Where(line => line.Contains("socket:", StringComparison.Ordinal) || line.Contains("anon_inode", StringComparison.Ordinal)), Is.Empty);
        var init = new HostProcess((int)(await container.StateAsync()).Pid);
        Assert.That(init.Descriptors.Keys, Is.EqualTo([0, 1, 2]));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_a_container_leaves_is_the_shims_child()
    {
        using var caller = new ShimCaller();

        ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        var init = new HostProcess((int)(await container.StateAsync()).Pid);
        Assert.That(init.Status("PPid"), Is.EqualTo(Text(container.Shim.Pid)));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_shim_is_ended_for_want_of_memory_a_little_sooner_than_its_caller()
    {
        using var caller = new ShimCaller();

        ShimContainer container = caller.Served();
        await container.ConnectAsync();

        Assert.That(container.Shim.OomScoreAdjustment, Is.EqualTo(Math.Min(HostProcess.Self.OomScoreAdjustment + 1, 1000)));
    }

    [Test, CancelAfter(60_000)]
    public void The_shim_goes_into_the_cgroup_of_the_options()
    {
        Machine.NeedsCgroups(CgroupKind.V1, CgroupKind.Hybrid);
        using var caller = new ShimCaller();
        caller.Options.ShimCgroup = $"/{caller.Folder.Name}-shim";

        ShimContainer container = caller.Served();

        Wait.Until(() => CgroupLayout.Here.Of(container.Shim.Pid).Directories["memory"].EndsWith(caller.Options.ShimCgroup, StringComparison.Ordinal), "the shim to be in its cgroup");
        string[] directories = [.. CgroupLayout.Here.Of(container.Shim.Pid).Directories.Values.Where(path => path.EndsWith(caller.Options.ShimCgroup, StringComparison.Ordinal)).Distinct()];
        container.KillShim();
        foreach (string directory in directories)
        {
            Wait.Until(() => TryRemove(directory), $"{directory} to be empty");
        }
    }

    [Test, CancelAfter(60_000)]
    public void A_cgroup_that_cannot_be_had_is_logged_and_costs_no_container()
    {
        using var caller = new ShimCaller();
        caller.Options.ShimCgroup = "/" + new string('n', 5000);
        ShimContainer container = caller.From();
        File.WriteAllText(container.PathOfFile("log"), "");

        container.StartShim().MustSucceed();

        Wait.Until(() => File.ReadAllText(container.PathOfFile("log")).Contains("level=error msg=\"the shim's cgroup: ", StringComparison.Ordinal), "a line in the log");
    }

    [Test, CancelAfter(90_000), NonParallelizable]
    public async Task An_idle_shim_does_not_wake_up()
    {
        using var caller = new ShimCaller();
        using var output = new FifoReader(caller.Folder.File("out"));
        ShimContainer container = caller.Served(bundle => bundle.Process.Args("sleep", "300"));
        await container.CreateAsync(request => request.Stdout = output.Path);
        await container.StartAsync();
        HostProcess shim = container.Shim;

        // It tidies up a moment after the last call. From then on nothing is to happen, for as long as one looks.
        var quiet = Stopwatch.StartNew();
        string before = Switches(shim);
        Wait.Until(
            () =>
            {
                string now = Switches(shim);
                if (now != before)
                {
                    before = now;
                    quiet.Restart();
                }

                return quiet.Elapsed > TimeSpan.FromSeconds(10);
            },
            TimeSpan.FromSeconds(40),
            "ten seconds without a switch of any of the shim's threads");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_signal_ends_an_idle_shim_and_none_with_a_container()
    {
        using var caller = new ShimCaller();
        ShimContainer empty = caller.Served();
        ShimContainer used = await caller.StartedAsync(bundle => bundle.Process.Args("sleep", "300"));

        HostProcess.Signal(used.Shim.Pid, "TERM");
        HostProcess.Signal(empty.Shim.Pid, "TERM");

        empty.WaitUntilShimEnded();
        Assert.That(File.Exists(empty.Socket), Is.False);
        Assert.That((await used.StateAsync()).Pid, Is.Not.Zero);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Switches(HostProcess process) => string.Join(
        ' ',
        Directory.EnumerateDirectories($"/proc/{process.Pid}/task").Order(StringComparer.Ordinal)
            .Select(task => File.ReadLines($"{task}/status").First(line => line.StartsWith("voluntary_ctxt_switches", StringComparison.Ordinal))));

    private static bool TryRemove(string directory)
    {
        try
        {
            Directory.Delete(directory);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
