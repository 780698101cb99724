using System.Diagnostics;
using Bulkhead.Proto.Containerd.Runc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NUnit.Framework;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>
/// What containerd is to its shims: it gives them a namespace, options and an address for events, starts them in their
/// bundles and calls <c>delete</c> in the end. Everything is in a folder of the test's own; the test fails if a shim, or
/// anything of a container, stays.
/// </summary>
/// <example><code>
/// using var caller = new ShimCaller();
/// ShimContainer container = await caller.StartedAsync(bundle => bundle.Process.Shell("exit 3"));
/// WaitResponse exit = await container.WaitAsync();
/// Assert.That(exit.ExitStatus, Is.EqualTo(3));
/// </code></example>
public sealed class ShimCaller : IDisposable
{
    private readonly List<ShimContainer> _containers = [];
    private readonly bool _isPrivate;
    private int _made;

    /// <summary>Makes one that takes events.</summary>
    /// <param name="runtime">The OCI runtime that the shims call; absent: the one under test.</param>
    public ShimCaller(string? runtime = null)
    {
        Assert.That(File.Exists(Repository.ShimBinary), Is.True, $"{Repository.ShimBinary} is missing: ./build.sh publish makes it");
        Folder = new TemporaryFolder();
        Options = new Options
        {
            BinaryName = runtime ?? Repository.RuntimeBinary,
            Root = Folder.File("state"),
            SystemdCgroup = Repository.RuntimeOptions.Contains("--systemd-cgroup"),
        };

        // Distribution crun runs on hybrid cgroups only if version 2 has no controllers.
        _isPrivate = runtime?.Contains("crun", StringComparison.Ordinal) == true && CgroupLayout.Here.Kind == CgroupKind.Hybrid;
        Events = new EventReceiver(Folder.File("events"));
        Events.Open();
        Environment["TTRPC_ADDRESS"] = Events.Path;
    }

    /// <summary>The test's own folder.</summary>
    public TemporaryFolder Folder { get; }

    /// <summary>The namespace of all that is made.</summary>
    public string Namespace => Folder.Name;

    /// <summary>The options that shims are started with, and containers made.</summary>
    public Options Options { get; }

    /// <summary>The options as they are sent.</summary>
    public Any PackedOptions => new() { TypeUrl = "containerd.runc.v1.Options", Value = Options.ToByteString() };

    /// <summary>The environment of the shims, besides the test's own.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Where the shims' events arrive.</summary>
    public EventReceiver Events { get; }

    /// <summary>The folder of the sockets.</summary>
    public static string SocketFolder => "/run/bulkhead/s";

    /// <summary>A bundle in a folder of its own, and nothing started.</summary>
    public ShimContainer From(Action<TestBundle>? change = null)
    {
        string id = $"{Folder.Name}-{++_made}";
        var container = new ShimContainer(this, id, TestBundle.Create(Folder.Folder(id), change));
        _containers.Add(container);
        return container;
    }

    /// <summary>A bundle and a shim that serves it; there is no container yet.</summary>
    public ShimContainer Served(Action<TestBundle>? change = null)
    {
        ShimContainer container = From(change);
        container.StartShim().MustSucceed();
        return container;
    }

    /// <summary>A container after Create.</summary>
    public async Task<ShimContainer> CreatedAsync(Action<TestBundle>? change = null)
    {
        ShimContainer container = Served(change);
        await container.CreateAsync();
        return container;
    }

    /// <summary>A container after Create and Start.</summary>
    public async Task<ShimContainer> StartedAsync(Action<TestBundle>? change = null)
    {
        ShimContainer container = await CreatedAsync(change);
        await container.StartAsync();
        return container;
    }

    /// <summary>Runs the shim to the end of its outputs, as containerd does.</summary>
    /// <param name="workingDirectory">The bundle.</param>
    /// <param name="input">What comes on stdin.</param>
    /// <param name="arguments">All arguments.</param>
    public ShimAnswer Run(string workingDirectory, byte[] input, params string[] arguments)
    {
        string[] command = [.. Prefix(), Repository.ShimBinary, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading.
        }

        using MemoryStream output = new();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!Task.WaitAll([reading, error], TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"somebody keeps the outputs of \"{string.Join(' ', arguments)}\" open");
        }

        process.WaitForExit();
        return new ShimAnswer(process.ExitCode, output.ToArray(), error.Result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        List<string> left = [];
        _containers.ForEach(container => container.EndShim());
        _containers.ForEach(container => left.AddRange(container.Remove()));
        Events.Dispose();
        left.AddRange(LeakCheck.Sweep(Folder.Name));
        Folder.Dispose();
        if (left.Count > 0)
        {
            Assert.Fail($"left behind:\n{string.Join('\n', left)}");
        }
    }

    private string[] Prefix()
    {
        if (!_isPrivate)
        {
            return [];
        }

        string empty = Folder.Write("no-controllers", "");
        const string Hide = "mount --bind \"$0\" /sys/fs/cgroup/unified/cgroup.controllers && exec \"$@\"";
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", Hide, empty];
    }
}
