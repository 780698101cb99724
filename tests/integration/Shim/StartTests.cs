using System.Text;
using System.Text.Json;
using Bulkhead.Proto.Containerd.Bootstrap;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Tests.Support;
using Bulkhead.Tests.Support.Shims;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>The shim's <c>start</c>, <c>-v</c> and <c>-info</c> as callers of every version call them.</summary>
internal sealed class StartTests
{
    private const string SandboxAnnotation = "io.kubernetes.cri.sandbox-id";
    private const string GroupAnnotation = "io.containerd.runc.v2.group";
    private static readonly string[] s_groupAnnotations = [SandboxAnnotation, GroupAnnotation];

    [Test, CancelAfter(60_000)]
    public void Start_prints_the_address_alone_to_a_caller_that_names_no_version()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From();

        ShimAnswer answer = container.StartShim().MustSucceed();

        Assert.That(answer.Text, Does.StartWith($"unix://{ShimCaller.SocketFolder}/"));
        Assert.That(answer.Error, Is.Empty, "containerd reads both outputs together");
        Assert.That(File.ReadAllText(container.PathOfFile("address")), Is.EqualTo(answer.Text));
    }

    [TestCase("2", 2), TestCase("3", 3), TestCase("4", 3)]
    [CancelAfter(60_000)]
    public void Start_prints_json_with_the_callers_version_up_to_3(string newest, int expected)
    {
        using var caller = new ShimCaller();
        caller.Environment["MAX_SHIM_VERSION"] = newest;
        ShimContainer container = caller.From();

        ShimAnswer answer = container.StartShim().MustSucceed();

        JsonElement json = JsonDocument.Parse(answer.Text).RootElement;
        Assert.That(json.GetProperty("version").GetInt32(), Is.EqualTo(expected));
        Assert.That(json.GetProperty("address").GetString(), Is.EqualTo(container.Address));
        Assert.That(json.GetProperty("protocol").GetString(), Is.EqualTo("ttrpc"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Start_answers_bootstrap_parameters_with_a_bootstrap_result()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From(bundle => bundle.Process.Args("true"));
        BootstrapParams parameters = new()
        {
            InstanceId = container.Id,
            Namespace = caller.Namespace,
            ContainerdTtrpcAddress = caller.Events.Path,
            Extensions = { new Proto.Containerd.Bootstrap.Extension { Value = caller.PackedOptions } },
        };

        ShimAnswer answer = container.StartShim(parameters.ToByteArray()).MustSucceed();

        BootstrapResult result = BootstrapResult.Parser.ParseFrom(answer.Bytes);
        Assert.That((result.Version, result.Address, result.Protocol), Is.EqualTo((3, container.Address, "ttrpc")));
        await container.CreateAsync(request => request.Options = null);
        await container.StartAsync();
        Assert.That((await container.WaitAsync()).ExitStatus, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public void Bootstrap_parameters_can_name_the_folder_of_the_socket()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From();
        BootstrapParams parameters = new() { InstanceId = container.Id, Namespace = caller.Namespace, SocketDir = caller.Folder.File("sockets") };

        container.StartShim(parameters.ToByteArray()).MustSucceed();

        Assert.That(Path.GetDirectoryName(container.Socket), Is.EqualTo(caller.Folder.File("sockets")));
        Assert.That(File.GetUnixFileMode(caller.Folder.File("sockets")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test, CancelAfter(60_000)]
    public void The_socket_is_roots_alone_and_has_a_short_path()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served();

        Assert.That(File.GetUnixFileMode(container.Socket), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(ShimCaller.SocketFolder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(container.Socket, Has.Length.LessThan(104));
        Assert.That(File.ReadLines("/proc/net/unix").Where(line => line.Contains('@', StringComparison.Ordinal) && line.Contains(caller.Namespace, StringComparison.Ordinal)), Is.Empty, "abstract sockets");
    }

    [TestCaseSource(nameof(s_groupAnnotations)), CancelAfter(60_000)]
    public async Task A_second_container_of_a_group_gets_the_first_ones_shim(string annotation)
    {
        using var caller = new ShimCaller();
        ShimContainer first = caller.Served(InGroup);

        ShimContainer second = caller.Served(InGroup);

        Assert.That(second.Address, Is.EqualTo(first.Address));
        Assert.That((await second.ConnectAsync()).ShimPid, Is.EqualTo((await first.ConnectAsync()).ShimPid));

        void InGroup(TestBundle bundle) => bundle.Object("annotations")[annotation] = "the-pod";
    }

    [Test, CancelAfter(60_000)]
    public async Task Starts_of_a_group_at_the_same_time_make_one_shim()
    {
        using var caller = new ShimCaller();
        ShimContainer[] containers = [.. Enumerable.Range(0, 6).Select(_ => caller.From(bundle => bundle.Object("annotations")[SandboxAnnotation] = "the-pod"))];

        await Task.WhenAll(containers.Select(container => Task.Run(() => container.StartShim().MustSucceed())));

        Assert.That(containers.Select(container => container.Address).Distinct().Count(), Is.EqualTo(1));
        uint pid = (await containers[0].ConnectAsync()).ShimPid;
        foreach (ShimContainer container in containers)
        {
            Assert.That((await container.ConnectAsync()).ShimPid, Is.EqualTo(pid));
        }
    }

    [Test, CancelAfter(60_000)]
    public void Containers_without_a_group_have_a_shim_each()
    {
        using var caller = new ShimCaller();
        string first = caller.Served().Address;

        string second = caller.Served().Address;

        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_socket_that_nobody_listens_on_is_replaced()
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.Served();
        int killed = container.Shim.Pid;
        container.KillShim();
        Assert.That(File.Exists(container.Socket), Is.True, "what a killed shim leaves");

        container.StartShim().MustSucceed();

        Assert.That((await container.ConnectAsync()).ShimPid, Is.Not.EqualTo((uint)killed));
    }

    [Test, CancelAfter(60_000)]
    public void The_version_is_printed()
    {
        using var caller = new ShimCaller();

        ShimAnswer answer = caller.Run("/", [], "-v").MustSucceed();

        Assert.That(answer.Text, Does.Contain("io.containerd.bulkhead.v2").Or.Contain("shim"));
    }

    [Test, CancelAfter(60_000)]
    public void The_shim_describes_itself_and_its_runtime()
    {
        using var caller = new ShimCaller();

        ShimAnswer answer = caller.Run("/", caller.PackedOptions.ToByteArray(), "-info").MustSucceed();

        RuntimeInfo information = RuntimeInfo.Parser.ParseFrom(answer.Bytes);
        Assert.That(information.Name, Is.EqualTo("io.containerd.bulkhead.v2"));
        Assert.That(information.Version.Version, Is.Not.Empty);
        Assert.That(information.Options, Is.EqualTo(caller.PackedOptions));
        Assert.That(information.Features.TypeUrl, Is.EqualTo("types.containerd.io/opencontainers/runtime-spec/1/features/Features"));
        Assert.That(JsonDocument.Parse(information.Features.Value.ToByteArray()).RootElement.TryGetProperty("ociVersionMin", out _), Is.True);
    }

    [TestCase("no such command", "unknown command \"run\"", "-namespace", "n", "-id", "i", "run")]
    [TestCase("an unknown flag", "unknown flag -colour", "-colour", "red", "start")]
    [TestCase("a flag without its value", "-id needs a value", "-id")]
    [TestCase("no command", "usage: shim", "-namespace", "n", "-id", "i")]
    [TestCase("something behind the command", "\"now\" stands after the command", "-namespace", "n", "-id", "i", "start", "now")]
    [CancelAfter(60_000)]
    public void Wrong_usage_is_told_in_one_line(string kind, string expected, params string[] arguments)
    {
        using var caller = new ShimCaller();

        ShimAnswer answer = caller.Run(caller.Folder.Path, [], arguments);

        Assert.That(answer.ExitCode, Is.EqualTo(1), kind);
        Assert.That(answer.Error, Does.StartWith(expected));
        Assert.That(answer.Error.TrimEnd('\n'), Does.Not.Contain('\n'));
        Assert.That(answer.Bytes, Is.Empty);
    }

    [TestCase("", "namespace"), TestCase("namespace", "id")]
    [CancelAfter(60_000)]
    public void Start_without_a_name_is_refused(string given, string missing)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From();

        ShimAnswer answer = caller.Run(container.Bundle.Path, [], given.Length > 0 ? [$"-{given}", caller.Namespace, "start"] : ["start"]);

        Assert.That(answer.ExitCode, Is.EqualTo(1));
        Assert.That(answer.Error, Does.Contain($"-{missing}"));
        Assert.That(File.Exists(container.PathOfFile("shim.pid")), Is.False);
    }

    [TestCase("no config.json"), TestCase("a broken config.json"), TestCase("options that are none"), TestCase("options of another type")]
    [CancelAfter(60_000)]
    public void A_start_that_fails_leaves_no_shim_and_no_socket(string fault)
    {
        using var caller = new ShimCaller();
        ShimContainer container = caller.From();
        byte[]? input = null;
        switch (fault)
        {
            case "no config.json": File.Delete(container.Bundle.ConfigPath); break;
            case "a broken config.json": File.WriteAllText(container.Bundle.ConfigPath, "{\"ociVersion\":"); break;
            case "options that are none": input = Encoding.UTF8.GetBytes("BinaryName = runc"); break;
            default: input = new Any { TypeUrl = "example.v1.Options" }.ToByteArray(); break;
        }

        ShimAnswer answer = container.StartShim(input);

        Assert.That(answer.ExitCode, Is.EqualTo(1));
        Assert.That(answer.Error.TrimEnd('\n'), Is.Not.Empty.And.Not.Contains('\n'));
        Assert.That(container.Address, Is.Empty);
        Assert.That(LeakCheck.Of(container.Id), Is.Empty);
    }
}
