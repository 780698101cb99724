using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>What the host has made read-only stays so for a container whose root is root of its own mounts.</summary>
/// <remarks>mount_namespaces(7), "Restrictions on mount namespaces"; user_namespaces(7).</remarks>
[TestFixture]
internal sealed class LockedMountTests
{
    private const string Takeaway = "mount -o remount,bind,rw /mnt; mount -o remount,bind,ro,suid,dev,exec /mnt; grep ' /mnt ' /proc/self/mountinfo; touch /mnt/made";

    [TestCase(false, false, TestName = "A source that the container's root can reach keeps its options")]
    [TestCase(true, false, TestName = "A source that only the host's root can reach keeps its options")]
    [TestCase(false, true, TestName = "An id-mapped source keeps its options")]
    [TestCase(true, true, TestName = "An id-mapped source that only the host's root can reach keeps its options")]
    [CancelAfter(30_000)]
    public void Options_of_the_hosts_can_not_be_taken_away(bool closed, bool mapped)
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        string folder = container.Folder.Folder("closed");
        string source = Path.Combine(folder, "source");
        Attack.Shell($"mkdir {source} && mount -t tmpfs -o mode=777,nosuid,nodev,noexec bulkhead-test {source} && mount -o remount,bind,ro,nosuid,nodev,noexec {source}");
        try
        {
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32(closed ? "700" : "755", 8));
            container.Bundle.Mount("/mnt", "bind", source, mapped ? ["bind", "idmap"] : ["bind"]).Process.Capabilities("CAP_SYS_ADMIN").Shell(Takeaway);
            container.Bundle.Save();

            Result result = container.Run();

            Assert.That(result.Lines, Has.Length.EqualTo(1), result.ToString());
            Assert.That(MountEntry.Parse(result.Output).Options, Does.Contain("ro").And.Contain("nosuid").And.Contain("nodev").And.Contain("noexec"));
            Assert.That(File.Exists(source + "/made"), Is.False);
        }
        finally
        {
            Attack.Shell($"umount -l {source}");
        }
    }
}
