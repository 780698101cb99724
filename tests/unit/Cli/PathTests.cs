using Bulkhead.Linux;
using Bulkhead.Runtime.Cli;
using Bulkhead.Runtime.Containers;
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

    [TestCase(0u, true, "root", "/run/user/0", "/run/bulkhead/runtime")]
    [TestCase(0u, true, null, "/run/user/0", "/run/bulkhead/runtime")]
    [TestCase(0u, false, "root", "/run/user/0", "/run/bulkhead/runtime")]
    [TestCase(0u, false, "me", "/run/user/1000", "/run/user/1000/bulkhead/runtime")]
    [TestCase(0u, false, null, "/run/user/1000", "/run/user/1000/bulkhead/runtime")]
    [TestCase(0u, false, "me", null, "/run/bulkhead/runtime")]
    [TestCase(1000u, true, "root", "/run/user/1000", "/run/user/1000/bulkhead/runtime")]
    public void The_state_of_a_user_is_in_a_folder_of_the_user(uint user, bool isFirstNamespace, string? name, string? userDirectory, string expected) =>
        Assert.That(StateRoot.For(user, () => isFirstNamespace, name, userDirectory), Is.EqualTo(expected));

    [TestCase(null)]
    [TestCase("")]
    public void A_user_without_such_a_folder_is_told(string? userDirectory) =>
        Assert.That(() => StateRoot.For(1000, () => true, "me", userDirectory), Throws.TypeOf<ContainerException>().With.Message.Contains("XDG_RUNTIME_DIR"));
}
