using System.Diagnostics;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>What the attacks need on the host.</summary>
internal static class Attack
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a script of the host's shell to its end, whatever comes of it.</summary>
    public static Result Shell(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.That(process.WaitForExit(s_limit), Is.True, $"{script} did not end");
        return new Result(script, process.ExitCode, output.TrimEnd('\n'), error.Result.TrimEnd('\n'));
    }

    /// <summary>The command line that runs a container, for a script: with redirections of its own, or on a terminal.</summary>
    public static string RunLine(TestContainer container) =>
        $"{Repository.RuntimeBinary} --root {container.Runtime.Root} run --bundle {container.Bundle.Path} {container.Id}";

    /// <summary>Where the host has something mounted.</summary>
    public static string[] HostMounts() => MountEntry.Read("self").Select(mount => mount.MountPoint).ToArray();

    /// <summary>Everything below a folder, to see whether anything has been made there.</summary>
    public static string[] Contents(string folder) => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories);
}
