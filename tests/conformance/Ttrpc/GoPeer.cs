using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.Ttrpc;

/// <summary>Go's own implementation of ttrpc in a process, as server or as client.</summary>
internal sealed class GoPeer : IDisposable
{
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);
    private static readonly Lazy<string> s_program = new(Build);

    private readonly Process _process;

    private GoPeer(params string[] arguments) =>
        _process = Process.Start(new ProcessStartInfo(s_program.Value, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<GoPeer> ServeAsync(string socket)
    {
        GoPeer peer = new("serve", socket);
        Assert.That(await peer._process.StandardOutput.ReadLineAsync(), Is.EqualTo("serving"));
        return peer;
    }

    /// <summary>Runs the client's checks on a server.</summary>
    /// <returns><c>passed</c>, or which failed and how.</returns>
    public static async Task<string> CheckAsync(string socket)
    {
        using GoPeer peer = new("call", socket);
        return (await peer._process.StandardOutput.ReadToEndAsync()).TrimEnd();
    }

    /// <summary>Ends a server.</summary>
    public void Stop() => _process.StandardInput.Close();

    public void Dispose()
    {
        Stop();
        if (!_process.WaitForExit(s_endLimit))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Build()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec \"$@\" >'{folder.File("out")}' 2>'{folder.File("err")}'", "sh",
            Path.Combine(Repository.Root, "tests/conformance/Ttrpc/build-peer.sh"), Path.Combine(Repository.Root, "artifacts/conformance"),
        ]);
        using Process build = Process.Start(start)!;
        if (!build.WaitForExit(s_buildLimit))
        {
            build.Kill(entireProcessTree: true);
        }

        Assert.That(build.HasExited && build.ExitCode == 0, Is.True, $"the peer could not be built: {File.ReadAllText(folder.File("err"))}");
        return File.ReadAllText(folder.File("out")).TrimEnd('\n');
    }
}
