using System.Text;
using System.Text.Json;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>Input that is damaged, or made to be taken for something else.</summary>
[TestFixture]
internal sealed class HostileInputTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string Whole =
        """{"version":1,"id":"web","pid":7,"startTime":8,"created":"2026-01-02T03:04:05Z","owner":0,"bundle":"/b","rootfs":"/r","cgroupVersion":2,"cgroupPaths":{"":"/c"},"config":{}}""";

    [TestCase("\"pid\":7", "\"pid\":1.5")]
    [TestCase("\"pid\":7", "\"pid\":99999999999")]
    [TestCase("\"owner\":0", "\"owner\":-1")]
    [TestCase("\"startTime\":8", "\"startTime\":-8")]
    [TestCase("2026-01-02T03:04:05Z", "yesterday")]
    [TestCase("\"id\":\"web\"", "\"id\":\"../x\"")]
    [TestCase("\"id\":\"web\"", "\"id\":\"\"")]
    [TestCase("\"config\":{}}", "\"config\":{}}garbage")]
    [TestCase("\"cgroupVersion\":2", "\"cgroupVersion\":9")]
    [TestCase("{\"\":\"/c\"}", "{\"\":null}")]
    public void A_damaged_record_is_a_JsonException(string right, string wrong) =>
        Assert.That(() => ContainerRecord.FromJson(Encoding.UTF8.GetBytes(Whole.Replace(right, wrong, StringComparison.Ordinal))), Throws.InstanceOf<JsonException>());

    [Test]
    public void A_failure_with_a_very_long_step_comes_over() =>
        Assert.That(ChildFailure.Decode(new ChildFailure(new string('s', 5000), "c", Errno.EIO).Encode()).Error, Is.EqualTo(Errno.EIO));

    [TestCase("1 (sh) S 5")]
    [TestCase("1 (sh) S 1 2 3 4")]
    public void A_status_that_ends_early_is_refused(string stat) =>
        Assert.That(() => ProcessStatus.Parse(Encoding.UTF8.GetBytes(stat)), Throws.TypeOf<FormatException>());

    [TestCase("\r")]
    [TestCase("\f")]
    [TestCase("\u0085")]
    [TestCase("\u2028")]
    public void A_mount_point_cannot_forge_a_line(string separator)
    {
        string table = $"1 0 8:1 / / rw - ext4 none rw\n2 1 0:9 / /home/m{separator}9 1 0:9 / /var/lib/victim rw - fuse x rw\n";
        Assert.That(MountPoints.Containing("/var/lib/victim/rootfs", table), Is.EqualTo("/"));
    }

    [TestCase("\r")]
    [TestCase("\u2028")]
    public void An_account_ends_with_its_line(string separator) =>
        Assert.That(Accounts.Find($"a:x:1:1:{separator}b:x:2:2::/b:/bin/sh\n", 2), Is.EqualTo("/"));

    [Test]
    public void A_replacement_that_fails_leaves_nothing()
    {
        using TestFolder folder = new TestFolder().WithDirectory("f");
        Assert.That(() => AtomicFile.Replace(folder.Handle, "f", "new"u8, Private), Throws.TypeOf<LinuxException>());
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "f" }));
    }

    [TestCase("file/")]
    [TestCase("new/")]
    public void A_file_may_be_asked_for_with_a_slash_at_its_end(string path)
    {
        using TestFolder folder = new TestFolder().WithFile("file", "kept");
        using FileDescriptor made = folder.Lookup.MakeFile(path, Private, Private);
        Assert.That(folder.PlaceOf(made), Is.EqualTo("/" + path.TrimEnd('/')));
    }

    [TestCase("new/../other")]
    [TestCase("dangling")]
    public void Two_dots_after_what_is_made_lead_back(string path)
    {
        using TestFolder folder = new TestFolder().WithLink("dangling", "new/../other");
        using DirectoryHandle made = folder.Lookup.MakeDirectories(path, Private);
        Assert.That(folder.PlaceOf(made), Is.EqualTo("/other"));
    }
}
