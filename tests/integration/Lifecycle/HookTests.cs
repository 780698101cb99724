using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>When hooks run, where, and what they are told.</summary>
/// <remarks>runtime-spec 1.3, config.md, "POSIX-platform Hooks", and runtime.md, "Lifecycle".</remarks>
[TestFixture]
internal sealed class HookTests
{
    private static readonly string[] s_kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    // Each notes when it was called, what it was told, and where it runs.
    private const string Note = "cat > $0/$1.state; echo $1 >> $0/order; readlink /proc/self/ns/mnt > $0/$1.mnt; ls / > $0/$1.root";

    [Test, CancelAfter(60_000)]
    public void Every_hook_runs_once_in_its_order_and_is_told_the_state()
    {
        using var container = Noting();

        container.Create().MustSucceed();
        int pid = container.Init.Pid;
        string[] afterCreate = Order(container);
        container.Start().MustSucceed();
        string[] afterStart = Order(container);
        container.Kill("KILL").MustSucceed();
        container.WaitUntilStopped();
        container.Delete().MustSucceed();

        Assert.That(afterCreate, Is.EqualTo(s_kinds[..3]));
        Assert.That(afterStart.Order(), Is.EqualTo(s_kinds[..5].Order()));
        Assert.That(Order(container)[^1], Is.EqualTo("poststop"));
        Assert.That(s_kinds.Select(kind => (string?)State(container, kind)["status"]), Is.EqualTo(new[] { "creating", "creating", "creating", "created", "running", "stopped" }));
        Assert.That(s_kinds.Select(kind => (string?)State(container, kind)["id"]), Is.All.EqualTo(container.Id));
        Assert.That(s_kinds.Select(kind => (string?)State(container, kind)["bundle"]), Is.All.EqualTo(container.Bundle.Path));
        Assert.That(s_kinds.Select(kind => (string?)State(container, kind)["ociVersion"]), Is.All.EqualTo("1.0.2-dev"));
        Assert.That(s_kinds.Select(kind => (string?)State(container, kind)["annotations"]?["org.example.key"]), Is.All.EqualTo("value"));

        // Hooks in the container's namespaces see the process by its number there.
        Assert.That(s_kinds.Select(kind => (int?)State(container, kind)["pid"] ?? 0), Is.EqualTo(new[] { pid, pid, 1, 1, pid, 0 }));
    }

    [Test, CancelAfter(60_000)]
    public void Each_hook_runs_in_the_namespaces_it_is_for()
    {
        using var container = Noting();

        container.Create().MustSucceed();
        string own = container.Init.Namespace("mnt");
        container.Start().MustSucceed();
        container.Delete("--force").MustSucceed();

        string host = HostProcess.Self.Namespace("mnt");
        Assert.That(s_kinds.Select(kind => File.ReadAllText(container.Folder.File($"shared/{kind}.mnt")).Trim()), Is.EqualTo(new[] { host, host, own, own, host, host }));

        // createContainer hooks still have the host's root before them, startContainer hooks the container's.
        Assert.That(File.ReadAllLines(container.Folder.File("shared/startContainer.root")), Does.Not.Contain("boot").And.Contain("bin"));
        Assert.That(File.ReadAllText(container.Folder.File("shared/createContainer.root")), Is.EqualTo(File.ReadAllText(container.Folder.File("shared/prestart.root"))));
    }

    [Test, CancelAfter(60_000)]
    public void A_createRuntime_hook_finds_the_container_mounted_and_the_program_not_begun()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("echo begun"));
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", "pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); cat /proc/$pid/mountinfo > $0/mounts; cat /proc/$pid/cgroup > $0/cgroup", container.Folder.Path).Save();

        container.Create().MustSucceed();

        string rootfs = container.Bundle.Rootfs;
        string[] mounts = File.ReadAllLines(container.Folder.File("mounts")).Select(line => MountEntry.Parse(line).MountPoint).ToArray();
        Assert.That(mounts, Does.Contain(rootfs + "/proc").And.Contain(rootfs + "/dev/shm"));
        Assert.That(container.Output, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void Hooks_of_one_kind_run_in_their_order_with_their_arguments_and_environment()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        foreach (string word in (string[])["first", "second"])
        {
            container.Bundle.Array("hooks.createRuntime").Add(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("name", "-c", "echo $0 $1 $WORD $HOME $$ >> $FILE", "zero", "one two"),
                ["env"] = new JsonArray($"WORD={word}", $"FILE={container.Folder.File("seen")}"),
            });
        }

        container.Bundle.Save();
        container.Run().MustSucceed();

        string[] seen = File.ReadAllLines(container.Folder.File("seen"));
        Assert.That(seen, Has.Length.EqualTo(2));
        Assert.That(seen[0], Does.Match("^zero one two first [0-9]+$"));
        Assert.That(seen[1], Does.Match("^zero one two second [0-9]+$"));
    }

    [Test, CancelAfter(60_000)]
    public void A_hook_may_leave_its_input_unread_and_write_a_lot()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("exit 7"));
        container.Bundle.Object("annotations")["org.example.large"] = new string('x', 1 << 20);
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", "head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2").Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}");
        Assert.That(result.Output + result.Error, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void State_answers_while_a_hook_runs()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("true"));
        string command = $"{HostShell.Quote(Repository.RuntimeBinary)} --root {HostShell.Quote(container.Runtime.Root)} state {container.Id}";
        container.Bundle.Hook("createRuntime", "/bin/sh", "sh", "-c", $"{command} > {container.Folder.File("seen")} 2>&1").Save();

        container.Create().MustSucceed();

        Assert.That((string?)JsonNode.Parse(File.ReadAllText(container.Folder.File("seen")))!["status"], Is.EqualTo("creating"));
    }

    private static TestContainer Noting()
    {
        var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string shared = container.Folder.Folder("shared");
        container.Bundle.Object("annotations")["org.example.key"] = "value";
        container.Bundle.Mount("/shared", "bind", shared, "rbind");
        foreach (string kind in s_kinds)
        {
            container.Bundle.Hook(kind, "/bin/sh", "sh", "-c", Note, kind == "startContainer" ? "/shared" : shared, kind);
        }

        container.Bundle.Save();
        return container;
    }

    private static string[] Order(TestContainer container) => File.ReadAllLines(container.Folder.File("shared/order"));

    private static JsonObject State(TestContainer container, string kind) => JsonNode.Parse(File.ReadAllText(container.Folder.File($"shared/{kind}.state")))!.AsObject();
}
