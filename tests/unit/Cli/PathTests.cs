using Bulkhead.Linux;
using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class PathTests
{
    [TestCase("/a/b", "/a/b")]
    [TestCase("//a/./b//", "/a/b")]
    [TestCase("/", "/")]
    [TestCase("/a/..b/...", "/a/..b/...", TestName = "Dots in a name mean nothing")]
    public void A_directory_is_named(string path, string expected) => Assert.That(HostPath.NameDirectory(path), Is.EqualTo(expected));

    [Test]
    public void The_kernel_says_where_two_dots_lead_to()
    {
        // /proc/self is a link to /proc/NUMBER, so that the parent of what it leads to is /proc; that of /proc/self/task is not.
        string expected = $"/proc/{Environment.ProcessId}";

        Assert.That(HostPath.NameDirectory("/proc/self/task/.."), Is.EqualTo(expected));
    }

    [Test]
    public void Two_dots_in_what_does_not_exist_are_refused() =>
        Assert.That(() => HostPath.NameDirectory("/no/such/../directory"), Throws.TypeOf<LinuxException>());

    [Test]
    public void A_relative_path_starts_at_the_working_directory() =>
        Assert.That(HostPath.NameDirectory("./a/b"), Is.EqualTo($"{Environment.CurrentDirectory}/a/b"));

    [TestCase(null, null)]
    [TestCase("/a", "/a")]
    public void Absolute_paths_stay_as_they_are(string? path, string? expected) => Assert.That(HostPath.MakeAbsolute(path), Is.EqualTo(expected));

    [TestCase("web", "web", null)]
    [TestCase("/b/web", "web", "/b/web")]
    [TestCase("/b/web/", "web", "/b/web")]
    public void A_container_is_named_by_id_or_by_bundle(string operand, string id, string? bundle)
    {
        ContainerReference reference = ContainerReference.Parse(operand);

        Assert.That((reference.Id.ToString(), reference.Bundle), Is.EqualTo((id, bundle)));
    }

    [TestCase("         0          0 4294967295\n", true)]
    [TestCase("         0       1000          1\n", false)]
    [TestCase("0 0 4294967295\n1 1 1\n", false)]
    [TestCase("", false)]
    public void The_first_user_namespace_maps_every_id_to_itself(string map, bool expected) =>
        Assert.That(StateRoot.IsIdentityMap(map), Is.EqualTo(expected));
}
