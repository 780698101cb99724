using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>
/// A container of a test: its bundle, its id, its state root and the runtime's commands on it. When disposed of, it is
/// deleted by force, and the test fails if the runtime left anything of it behind.
/// </summary>
/// <example><code>
/// using var container = TestContainer.From(bundle => bundle.Process.Args("sh", "-c", "echo hi"));
/// Result result = container.Run();
/// Assert.That(result.Output, Is.EqualTo("hi"));
///
/// using var running = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
/// Assert.That(running.Init.Name, Is.EqualTo("sleep"));
/// Assert.That(running.Exec("hostname").Output, Is.EqualTo("bulkhead"));
/// </code></example>
public sealed class TestContainer : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunningCommand> _background = [];

    private TestContainer(Action<TestBundle>? change)
    {
        Runtime = new RuntimeCommand(_folder);
        Bundle = TestBundle.Create(_folder.Folder("bundle"), change);
    }

    /// <summary>The container's id, <c>bulkhead-test-</c> and twelve hexadecimal digits.</summary>
    public string Id => _folder.Name;

    /// <summary>Its bundle.</summary>
    public TestBundle Bundle { get; }

    /// <summary>The runtime, for commands and options that have no method here: <c>Runtime.Run("ps", Id)</c>.</summary>
    public RuntimeCommand Runtime { get; }

    /// <summary>The test's own folder, outside the bundle, for pid files, logs and sockets.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The state document, as <c>state</c> prints it.</summary>
    public JsonObject State => JsonNode.Parse(Runtime.Run("state", Id).MustSucceed().Output)!.AsObject();

    /// <summary><c>creating</c>, <c>created</c>, <c>running</c>, <c>stopped</c> or <c>paused</c>; <c>absent</c> when there is no such container.</summary>
    public string Status
    {
        get
        {
            Result state = Runtime.Run("state", Id);
            return state.ExitCode == 0 ? (string)JsonNode.Parse(state.Output)!["status"]! : "absent";
        }
    }

    /// <summary>The init process, seen from the host.</summary>
    public HostProcess Init => new((int)State["pid"]!);

    /// <summary>The init process's cgroups. Only while it lives.</summary>
    public ContainerCgroups Cgroups => CgroupLayout.Here.Of(Init.Pid);

    /// <summary>What the container wrote to the stdout it has from the last <c>create</c>, or background <c>run</c>, so far.</summary>
    public string Output => _background[^1].Output;

    /// <summary>What the container wrote to the stderr it has from the last <c>create</c>, or background <c>run</c>, so far.</summary>
    public string Error => _background[^1].Error;

    /// <summary>A bundle, and nothing run yet.</summary>
    public static TestContainer From(Action<TestBundle>? change = null) => new(change);

    /// <summary>A container after a successful <c>create</c>.</summary>
    public static TestContainer Created(Action<TestBundle>? change = null) => Prepared(change, container => container.Create().MustSucceed());

    /// <summary>A container after a successful <c>create</c> and <c>start</c>.</summary>
    public static TestContainer Started(Action<TestBundle>? change = null) => Prepared(change, container =>
    {
        container.Create().MustSucceed();
        container.Start().MustSucceed();
    });

    /// <summary><c>run</c> in the foreground, to its end.</summary>
    public Result Run(params string[] options) => Runtime.Run(["run", .. options, "--bundle", Bundle.Path, Id]);

    /// <summary><c>run</c> in the foreground of another process, which goes on.</summary>
    public RunningCommand RunInBackground(params string[] options) =>
        Remember(Runtime.Start(["run", .. options, "--bundle", Bundle.Path, Id]));

    /// <summary><c>create</c>.</summary>
    public Result Create(params string[] options) =>
        Remember(Runtime.Start(["create", .. options, "--bundle", Bundle.Path, Id])).Wait(Runtime.TimeLimit);

    /// <summary><c>start</c>.</summary>
    public Result Start() => Runtime.Run("start", Id);

    /// <summary><c>kill</c>.</summary>
    public Result Kill(string signal = "TERM", params string[] options) => Runtime.Run(["kill", .. options, Id, signal]);

    /// <summary><c>delete</c>.</summary>
    public Result Delete(params string[] options) => Runtime.Run(["delete", .. options, Id]);

    /// <summary><c>exec</c> of a command, in the foreground.</summary>
    public Result Exec(params string[] command) => Runtime.Run(["exec", Id, .. command]);

    /// <summary><c>exec</c> with options.</summary>
    public Result ExecWith(string[] options, params string[] command) => Runtime.Run(["exec", .. options, Id, .. command]);

    /// <summary><c>exec</c> in the foreground of another process, which goes on.</summary>
    public RunningCommand ExecInBackground(string[] options, params string[] command)
    {
        RunningCommand exec = Runtime.Start(["exec", .. options, Id, .. command]);
        _background.Insert(0, exec);
        return exec;
    }

    /// <summary>Waits until <c>state</c> says so.</summary>
    public void WaitUntil(string status, TimeSpan? limit = null) =>
        Wait.Until(() => Status == status, limit ?? Wait.DefaultLimit, $"container {Id} to be {status}");

    /// <summary>Waits until the init process has ended.</summary>
    public void WaitUntilStopped(TimeSpan? limit = null) => WaitUntil("stopped", limit);

    /// <summary>Waits until the container has written a text to its stdout (see <see cref="Output"/>).</summary>
    public void WaitForOutput(string text) =>
        Wait.Until(() => Output.Contains(text, StringComparison.Ordinal), $"\"{text}\" from container {Id}");

    /// <summary>What the machine still has of it: state folder, cgroups, mounts, processes. Empty: nothing.</summary>
    public string[] Left() =>
    [
        .. Directory.Exists(Path.Combine(Runtime.Root, Id)) ? (string[])[$"state folder {Path.Combine(Runtime.Root, Id)}"] : [],
        .. LeakCheck.Of(Id),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        Runtime.GlobalOptions.Clear();
        Result deleted = Delete("--force");
        foreach (RunningCommand command in _background)
        {
            command.Dispose();
        }

        // Sweeping comes before the folder goes: what is still mounted in it must not be removed with it.
        string[] left = LeakCheck.Sweep(Id);
        _folder.Dispose();
        if (left.Length > 0)
        {
            Assert.Fail($"left behind after {deleted}\n{string.Join('\n', left)}");
        }
    }

    private static TestContainer Prepared(Action<TestBundle>? change, Action<TestContainer> prepare)
    {
        var container = new TestContainer(change);
        try
        {
            prepare(container);
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    private RunningCommand Remember(RunningCommand command)
    {
        _background.Add(command);
        return command;
    }
}
