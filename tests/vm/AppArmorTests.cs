using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <summary>Profiles of AppArmor, in the machine whose kernel has it.</summary>
[TestFixture]
internal sealed class AppArmorTests
{
    [OneTimeSetUp]
    public void LoadProfile() => SecurityModule.LoadProfile();

    [Test, CancelAfter(120_000)]
    public void Init_and_exec_are_confined_by_the_profile_of_the_document()
    {
        using TestContainer container = Confined();

        string init = SecurityModule.Here.Of(container.Init);
        Result exec = container.Exec("cat", "/proc/self/attr/apparmor/current", "/forbidden");

        Assert.That((init, exec.Output), Is.EqualTo((SecurityModule.Here.Shown, SecurityModule.Here.Shown)));
        Assert.That(exec.Error, Does.Contain("/forbidden").And.Contain("Permission denied"));
    }

    [Test, CancelAfter(120_000)]
    public void An_exec_can_have_a_profile_of_its_own()
    {
        using TestContainer container = Confined("unconfined");

        Result exec = container.ExecWith(["--apparmor", SecurityModule.Profile], "cat", "/proc/self/attr/apparmor/current");

        Assert.That((exec.Output, exec.Error), Is.EqualTo((SecurityModule.Here.Shown, "")));
        Assert.That(SecurityModule.Here.Of(container.Init), Is.EqualTo("unconfined"));
    }

    [Test, CancelAfter(120_000)]
    public void A_profile_that_is_not_loaded_is_refused()
    {
        using TestContainer container = TestContainer.From(bundle => bundle.Set("process.apparmorProfile", "no-such-profile"));

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("no-such-profile").And.Contain("ENOENT").And.Not.Contain("\n"));
        Assert.That(container.Left(), Is.Empty);
    }

    private static TestContainer Confined(string profile = SecurityModule.Profile) => TestContainer.Started(bundle => bundle
        .Write("forbidden", "secret").Set("process.apparmorProfile", profile).Process.Args("sleep", "600"));
}
