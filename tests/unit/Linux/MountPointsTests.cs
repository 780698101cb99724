using Bulkhead.Linux.Mounts;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class MountPointsTests
{
    private const string Table =
        """
        21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        22 21 0:20 / /proc rw shared:2 - proc proc rw
        30 21 8:2 / /a rw - ext4 /dev/sda2 rw
        31 30 8:3 / /a/b/c rw master:1 - ext4 /dev/sda3 rw
        32 21 8:4 /sub /with\040blank rw - ext4 /dev/sda4 rw
        33 21 8:5 / /tab\011line\012back\134slash rw - ext4 /dev/sda5 rw
        34 21 8:6 / /back\134040 rw - ext4 /dev/sda6 rw
        35 21 8:7 / /käse rw - ext4 /dev/sda7 rw
        36 30 8:8 / /a rw - ext4 /dev/sda8 rw

        """;

    [TestCase("/", "/")]
    [TestCase("/x", "/")]
    [TestCase("/a", "/a")]
    [TestCase("/a/", "/a")]
    [TestCase("/a/x", "/a")]
    [TestCase("/ab", "/", TestName = "A sibling that begins alike is not below")]
    [TestCase("/ab/c", "/")]
    [TestCase("/a/b", "/a")]
    [TestCase("/a/b/c", "/a/b/c")]
    [TestCase("/a/b/c/d/e", "/a/b/c")]
    [TestCase("/a/b/cd", "/a")]
    [TestCase("/with blank/x", "/with blank")]
    [TestCase("/with", "/")]
    [TestCase("/with\\040blank", "/", TestName = "What is escaped in the table is not in a path")]
    [TestCase("/tab\tline\nback\\slash/x", "/tab\tline\nback\\slash")]
    [TestCase("/back\\040/x", "/back\\040", TestName = "A backslash that stands for itself begins no escape")]
    [TestCase("/käse/x", "/käse")]
    [TestCase("/proc/self", "/proc")]
    [TestCase("", "/")]
    public void The_deepest_mount_above_a_path_is_found(string path, string expected) =>
        Assert.That(MountPoints.Containing(path, Table), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("\n\n")]
    [TestCase("1 2 3 4 /x")]
    [TestCase("garbage")]
    public void Without_a_line_that_fits_it_is_the_root(string table) =>
        Assert.That(MountPoints.Containing("/x/y", table), Is.EqualTo("/"));

    [TestCase("\\04", TestName = "An escape cut short stands for itself")]
    [TestCase("\\")]
    public void An_escape_that_is_cut_short_stands_for_itself(string end) =>
        Assert.That(MountPoints.Containing($"/x{end}/y", $"1 2 8:1 / /x{end} rw - ext4 none rw\n"), Is.EqualTo($"/x{end}"));

    [TestCase("proc", "/proc")]
    [TestCase("ext4", "/", TestName = "The first of several")]
    [TestCase("ext", null)]
    [TestCase("", null)]
    [TestCase("rw", null)]
    public void A_file_system_is_found_by_its_type(string type, string? expected) =>
        Assert.That(MountPoints.OfType(type, Table), Is.EqualTo(expected));

    [TestCase("1 2 8:1 / /a rw shared:1 master:2 - resctrl none rw", "/a", TestName = "Any number of fields stand before the type")]
    [TestCase("1 2 8:1 / /a\\040b rw - resctrl none rw", "/a b")]
    [TestCase("1 2 - resctrl none rw", null)]
    public void A_type_stands_behind_a_dash(string table, string? expected) =>
        Assert.That(MountPoints.OfType("resctrl", table), Is.EqualTo(expected));

    [Test]
    public void The_kernels_own_table_has_the_mount_of_proc() =>
        Assert.That(MountPoints.Containing("/proc/self"), Is.EqualTo("/proc"));
}
