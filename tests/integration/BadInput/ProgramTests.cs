using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Programs that are not there or can't be executed, and where they would begin.</summary>
[TestFixture]
internal sealed class ProgramTests
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    [TestCase("no-such-program", "executable file not found in $PATH")]
    [TestCase("/no/such/program", "no such file or directory")]
    [TestCase("./no-such-program", "no such file or directory")]
    [TestCase("/etc", "is a directory")]
    [TestCase("/etc/passwd", "permission denied")]
    [TestCase("/etc/passwd/program", "not a directory")]
    [CancelAfter(60_000)]
    public void A_program_is_refused_and_named(string program, string why) =>
        Refusal.OfBundle(bundle => bundle.Process.Args(program, "argument"), program, why);

    [Test, CancelAfter(60_000)]
    public void An_empty_program_is_refused() => Refusal.OfBundle(bundle => bundle.Process.Args(""), "process.args");

    [Test, CancelAfter(60_000)]
    public void A_name_that_is_found_but_not_executable_is_refused() =>
        Refusal.OfBundle(
            bundle => bundle.Write("opt/mine", "x").Process.Env("PATH=/opt").Args("mine"), "mine", "permission denied");

    [Test, CancelAfter(60_000)]
    public void A_text_without_an_interpreter_is_refused_by_run()
    {
        using var container = TestContainer.From(bundle => bundle.Write("script", "echo never\n", Executable).Process.Args("/script"));

        Refusal.Check(container, container.Runtime, ["run", "--bundle", container.Bundle.Path, container.Id], "/script", "exec format error");
        Refusal.Check(container, container.Runtime, ["run", "--detach", "--bundle", container.Bundle.Path, container.Id], "/script", "exec format error");
    }

    [Test, CancelAfter(60_000)]
    public void A_text_without_an_interpreter_ends_the_container_when_it_is_started()
    {
        using var container = TestContainer.Created(bundle => bundle.Write("script", "echo never\n", Executable).Process.Args("/script"));

        container.Start();
        container.WaitUntilStopped();

        Assert.That(container.Output, Is.Empty);
        Assert.That(container.Error, Does.Contain("exec \"/script\"").And.Contain("exec format error").IgnoreCase);
        container.Delete().MustSucceed();
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_script_whose_interpreter_is_missing_is_refused_by_run()
    {
        using var container = TestContainer.From(bundle => bundle.Write("script", "#!/no/such/shell\n", Executable).Process.Args("/script"));

        Refusal.Check(container, container.Runtime, ["run", "--bundle", container.Bundle.Path, container.Id], "/script", "no such file or directory");
    }

    [Test, CancelAfter(60_000)]
    public void A_working_directory_that_cannot_be_made_is_refused() =>
        Refusal.OfBundle(bundle => bundle.Process.Cwd("/proc/no/such").Args("pwd"), "/proc/no/such", "no such file or directory");

    [TestCase("relative/path")]
    [TestCase("")]
    [CancelAfter(60_000)]
    public void A_working_directory_is_refused_that_is_not_absolute(string path) =>
        Refusal.OfBundle(bundle => bundle.Process.Cwd(path), "process.cwd");

    [Test, CancelAfter(60_000)]
    public void A_working_directory_that_is_a_file_is_refused() =>
        Refusal.OfBundle(bundle => bundle.Process.Cwd("/etc/passwd"), "/etc/passwd", "not a directory");

    [Test, CancelAfter(60_000)]
    public void A_missing_working_directory_is_made()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Cwd("/new/place").Args("pwd"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("/new/place"), $"{result}");
    }

    [Test, CancelAfter(60_000)]
    public void A_text_with_a_zero_character_is_refused()
    {
        Refusal.OfBundle(bundle => bundle.Process.Args("echo", "a\0b"), "process.args[1]", "NUL");
        Refusal.OfBundle(bundle => bundle.Process.Env("A=b\0c"), "process.env", "NUL");
    }
}
