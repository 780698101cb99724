using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Conformance.Grpc;

/// <summary>Runs the clients of <c>peer/</c> in node.</summary>
internal static class NodePeer
{
    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(4);
    private static readonly Lazy<string> s_folder = new(Build);

    /// <summary>Runs one check of a script on a server.</summary>
    /// <returns><c>passed</c>, or what was wrong.</returns>
    public static async Task<string> CheckAsync(string script, string check, string socket, CancellationToken cancellation)
    {
        string peer = Path.Combine(Repository.Root, "tests/conformance/Grpc/peer");
        ProcessStartInfo start = new("node", [Path.Combine(peer, script), socket, check])
        {
            RedirectStandardOutput = true,
            Environment = { ["NODE_PATH"] = Path.Combine(s_folder.Value, "node_modules"), ["TEST_PROTO"] = Path.Combine(peer, "../test.proto"), ["PROTO"] = Path.Combine(Repository.Root, "proto") },
        };
        using Process node = Process.Start(start)!;
        try
        {
            string output = await node.StandardOutput.ReadToEndAsync(cancellation);
            await node.WaitForExitAsync(cancellation);
            return output.TrimEnd();
        }
        finally
        {
            node.Kill();
        }
    }

    private static string Build()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec \"$@\" >'{folder.File("out")}' 2>'{folder.File("err")}'", "sh",
            Path.Combine(Repository.Root, "tests/conformance/Grpc/build-peer.sh"), Path.Combine(Repository.Root, "artifacts/conformance"),
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
