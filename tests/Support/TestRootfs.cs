using System.Diagnostics;

namespace Bulkhead.Tests.Support;

/// <summary>Makes root file systems from Debian's static busybox.</summary>
public static class TestRootfs
{
    private const string Busybox = "/bin/busybox";

    private static readonly Lazy<string[]> s_applets = new(ListApplets);

    private static readonly string[] s_folders = ["bin", "sbin", "usr/bin", "usr/sbin", "etc", "root", "home", "var", "run", "mnt", "proc", "sys", "dev", "tmp"];

    /// <summary>Fills a folder. Nothing in it is shared with another test's, so a test may write whatever it likes.</summary>
    public static void Create(string rootfs)
    {
        foreach (string folder in s_folders)
        {
            Directory.CreateDirectory(Path.Combine(rootfs, folder));
        }

        File.SetUnixFileMode(Path.Combine(rootfs, "tmp"), (UnixFileMode)Convert.ToInt32("1777", 8));
        File.Copy(Busybox, Path.Combine(rootfs, "bin/busybox"));
        foreach (string applet in s_applets.Value)
        {
            string up = string.Concat(Enumerable.Repeat("../", applet.Count(character => character == '/')));
            File.CreateSymbolicLink(Path.Combine(rootfs, applet), up + "bin/busybox");
        }

        File.WriteAllText(Path.Combine(rootfs, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1000::/home:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
        File.WriteAllText(Path.Combine(rootfs, "etc/group"), "root:x:0:\ntty:x:5:\ntester:x:1000:\nextra:x:2000:tester\nnogroup:x:65534:\n");
        File.WriteAllText(Path.Combine(rootfs, "etc/hostname"), "rootfs\n");
    }

    private static string[] ListApplets()
    {
        if (!File.Exists(Busybox))
        {
            throw new FileNotFoundException("the tests need Debian's busybox-static", Busybox);
        }

        using Process busybox = Process.Start(new ProcessStartInfo(Busybox, ["--list-full"]) { RedirectStandardOutput = true })!;
        string list = busybox.StandardOutput.ReadToEnd();
        busybox.WaitForExit();
        return list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(applet => applet is not ("bin/busybox" or "linuxrc")).ToArray();
    }
}
