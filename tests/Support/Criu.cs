using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>The criu in PATH, which the runtime checkpoints and restores with.</summary>
public static class Criu
{
    private static readonly Lazy<string> s_obstacle = new(() => Check([]));
    private static readonly Lazy<string> s_trackingObstacle = new(() => Check(["--feature", "mem_dirty_track"]));
    private static readonly Lazy<string> s_lazyObstacle = new(() => Check(["--feature", "uffd-noncoop"]));

    /// <summary>Skips the test, with the reason, unless criu can work with this kernel.</summary>
    public static void Needed()
    {
        if (s_obstacle.Value.Length != 0)
        {
            Assert.Ignore($"criu does not work here: {s_obstacle.Value}");
        }
    }

    /// <summary>Skips the test, with the reason, unless the kernel can tell which memory was changed.</summary>
    public static void NeedsMemoryTracking()
    {
        Needed();
        if (s_trackingObstacle.Value.Length != 0)
        {
            Assert.Ignore($"criu does not work here: the kernel does not track memory: {s_trackingObstacle.Value}");
        }
    }

    /// <summary>Skips the test, with the reason, unless memory can be restored when it is first touched.</summary>
    public static void NeedsLazyPages()
    {
        Needed();
        if (s_lazyObstacle.Value.Length != 0)
        {
            Assert.Ignore($"criu does not work here: there are no lazy pages: {s_lazyObstacle.Value}");
        }
    }

    /// <summary>Why it can't; empty when it can.</summary>
    private static string Check(string[] options)
    {
        try
        {
            using var criu = Process.Start(new ProcessStartInfo("criu", ["check", .. options]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string output = criu.StandardError.ReadToEnd() + criu.StandardOutput.ReadToEnd();
            criu.WaitForExit();
            return criu.ExitCode == 0 ? "" : output.Trim().Split('\n')[0];
        }
        catch (Win32Exception error)
        {
            return error.Message;
        }
    }
}
