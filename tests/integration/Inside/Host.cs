using System.Diagnostics;
using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>What the tests do on the host, outside of any container.</summary>
internal static class Host
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>The established runtime that ours is compared with; a test without it is skipped.</summary>
    public static string Runc
    {
        get
        {
            const string Path = "/usr/sbin/runc";
            if (!File.Exists(Path))
            {
                Assert.Ignore("needs runc to compare with");
            }

            return Path;
        }
    }

    /// <summary>Runs a program to its end.</summary>
    public static Result Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.That(process.WaitForExit(s_limit), Is.True, $"{program} did not end");
        return new Result($"{program} {string.Join(' ', arguments)}", process.ExitCode, output.TrimEnd('\n'), error.Result.TrimEnd('\n'));
    }

    /// <summary>Runs a script of the host's shell, which must succeed.</summary>
    public static string Shell(string script) => Run("/bin/sh", "-ec", script).MustSucceed().Output;

    /// <summary>Gives a folder and all in it to a user.</summary>
    public static void Give(string path, int user) => Run("chown", "-hR", $"{user}:{user}", path).MustSucceed();

    /// <summary>A container's processes, seen from the host.</summary>
    public static HostProcess[] Processes(this TestContainer container) =>
        JsonNode.Parse(container.Runtime.Run("ps", "--format", "json", container.Id).MustSucceed().Output)!.AsArray()
            .Select(pid => new HostProcess((int)pid!)).ToArray();

    /// <summary>The container's document, run by the established runtime in the same bundle.</summary>
    public static Result RunWithRunc(TestContainer container) => Run(
        Runc, "--root", container.Folder.File("runc"), "run", "--bundle", container.Bundle.Path, container.Id + "-runc");
}
