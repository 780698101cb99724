using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>Whose containerd it is: the machine's, or the one of another release of Debian, which need not be installed.</summary>
internal static class ContainerdRelease
{
    /// <summary>The machine's own.</summary>
    public const string Here = "";

    /// <summary>Debian's trixie has 1.7: a shim answers in JSON, with version 2.</summary>
    public const string Trixie = "trixie";

    /// <summary>Debian's sid has 2.1 or later: version 3, and a shim is asked what it is.</summary>
    public const string Sid = "sid";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>The folder of its programs, with a slash at the end; empty for the machine's own. Skips the test when it can't be had.</summary>
    public static string Programs(string release)
    {
        if (release == Here)
        {
            return "";
        }

        using var folder = new TemporaryFolder();
        var fetch = new HostCommand(folder, Path.Combine(Repository.Root, "tests/dropin/Containerd/fetch-containerd.sh")) { TimeLimit = s_limit };
        Result result = fetch.Run(Path.Combine(Repository.Root, "artifacts/dropin"), release);
        if (result.ExitCode != 0)
        {
            Assert.Ignore($"the containerd of Debian {release} can't be had: {result.Error}");
        }

        return result.Output;
    }
}
