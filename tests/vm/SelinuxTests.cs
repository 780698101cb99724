using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>Labels of SELinux, in the machine whose kernel has it.</summary>
[TestFixture]
internal sealed class SelinuxTests
{
    private const string ProcessLabel = SecurityModule.ProcessLabel;
    private const string MountLabel = "system_u:object_r:container_file_t:s0:c3,c4";

    [Test, CancelAfter(120_000)]
    public void Init_and_exec_have_the_label_of_the_document()
    {
        using TestContainer container = Labelled();

        string init = WithoutZero(container.Init.Read("attr/current"));
        Result exec = container.Exec("cat", "/proc/self/attr/current");

        Assert.That((init, WithoutZero(exec.Output)), Is.EqualTo((ProcessLabel, ProcessLabel)), exec.Error);
    }

    [Test, CancelAfter(120_000)]
    public void An_exec_can_have_a_label_of_its_own()
    {
        using TestContainer container = Labelled();
        string[] other = ["--process-label", "system_u:system_r:container_t:s0:c7"];

        Result exec = container.ExecWith(other, "cat", "/proc/self/attr/current");

        Assert.That((WithoutZero(exec.Output), exec.Error), Is.EqualTo((other[1], "")));
    }

    [TestCase("/dev", MountLabel)]
    [TestCase("/dev/pts", MountLabel)]
    [TestCase("/dev/null", MountLabel)]
    [TestCase("/dev/mqueue", MountLabel)]
    [TestCase("/sys/firmware", MountLabel, TestName = "A masked folder")]
    [TestCase("/proc", "system_u:object_r:proc_t:s0")]
    [TestCase("/sys", "system_u:object_r:sysfs_t:s0")]
    [CancelAfter(120_000)]
    public void What_is_mounted_anew_has_the_label_of_mounts(string path, string expected)
    {
        using TestContainer container = Labelled(bundle => bundle.Array("linux.maskedPaths").Add("/sys/firmware"));

        string? label = ExtendedAttribute.Get(container.Init.InRoot(path), "security.selinux");

        Assert.That(label?.TrimEnd('\0'), Is.EqualTo(expected));
    }

    [TestCase("process.selinuxLabel", "set process.selinuxLabel")]
    [TestCase("linux.mountLabel", "context=a:b:c")]
    [CancelAfter(120_000)]
    public void A_label_that_the_policy_does_not_know_is_refused(string property, string cause)
    {
        using TestContainer container = TestContainer.From(bundle => bundle.Set(property, "a:b:c"));

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(cause).And.Contain("EINVAL"));
        Assert.That(container.Left(), Is.Empty);
    }

    private static TestContainer Labelled(Action<TestBundle>? change = null) => TestContainer.Started(bundle =>
    {
        bundle.Process.Args("sleep", "600");
        bundle.Set("process.selinuxLabel", ProcessLabel).Set("linux.mountLabel", MountLabel);
        change?.Invoke(bundle);
    });

    private static string WithoutZero(string label) => label.TrimEnd('\0', '\n');
}
