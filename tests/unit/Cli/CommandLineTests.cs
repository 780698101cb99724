using Bulkhead.Runtime.Cli;
using Bulkhead.Runtime.Containers;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class CommandLineTests
{
    [Test]
    public void Globals_stand_before_the_command()
    {
        CommandLine line = Parse("--root /r --log /l --log-format json --debug create --bundle /b id");

        Assert.That(line, Is.EqualTo(new CommandLine
        {
            Root = "/r",
            LogFile = "/l",
            LogFormat = LogFormat.Json,
            Debug = true,
            Command = "create",
            Arguments = line.Arguments,
        }));
        Assert.That(line.Arguments, Is.EqualTo(new[] { "--bundle", "/b", "id" }));
    }

    [TestCase("--root=/r state id", "/r")]
    [TestCase("-root /r state id", "/r")]
    [TestCase("state --root /r", null, TestName = "After the command, --root is the command's")]
    [TestCase("-- state", null)]
    public void Root_is_read(string text, string? root)
    {
        CommandLine line = Parse(text);

        Assert.That(line.Root, Is.EqualTo(root));
        Assert.That(line.Command, Is.EqualTo("state"));
    }

    [TestCase("--log-format=json --log F list", TestName = "podman's order")]
    [TestCase("--log F --log-format json list", TestName = "containerd's order")]
    public void Log_options_come_in_any_order(string text)
    {
        CommandLine line = Parse(text);

        Assert.That((line.LogFile, line.LogFormat), Is.EqualTo(("F", LogFormat.Json)));
    }

    [Test]
    public void Arguments_keep_what_looks_like_globals_or_their_end()
    {
        CommandLine line = Parse("exec -- id --root -- -v");

        Assert.That(line.Arguments, Is.EqualTo(new[] { "--", "id", "--root", "--", "-v" }));
    }

    [TestCase("--version")]
    [TestCase("-v")]
    [TestCase("-version")]
    public void Version_is_asked_for(string text) => Assert.That(Parse(text).Version, Is.True);

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("--root x --help")]
    public void Help_is_asked_for(string text) => Assert.That(Parse(text).Help, Is.True);

    [Test]
    public void Nothing_at_all_has_no_command() => Assert.That(CommandLine.Parse([]).Command, Is.Null);

    [TestCase("--foo list", "flag provided but not defined: --foo")]
    [TestCase("--root", "flag needs an argument: --root")]
    [TestCase("--log-format xml list", "invalid value \"xml\" for --log-format: neither text nor json")]
    [TestCase("--cgroup-manager own list", "invalid value \"own\" for --cgroup-manager: neither cgroupfs, systemd nor disabled")]
    public void Bad_globals_are_refused(string text, string message) =>
        Assert.That(() => Parse(text), Throws.TypeOf<UsageException>().With.Message.EqualTo(message));

    [TestCase("--rootless maybe list", "invalid value \"maybe\" for --rootless: neither true, false nor auto")]
    public void What_is_not_supported_is_refused_and_not_ignored(string text, string message) =>
        Assert.That(() => Parse(text).RefuseUnsupported(), Throws.TypeOf<UsageException>().With.Message.EqualTo(message));

    [TestCase("--systemd-cgroup list")]
    [TestCase("--systemd-cgroup=false list")]
    [TestCase("--cgroup-manager systemd list")]
    [TestCase("--cgroup-manager cgroupfs list")]
    [TestCase("--rootless auto list")]
    [TestCase("--rootless=true list")]
    [TestCase("--rootless=false list")]
    [TestCase("--criu /usr/sbin/criu list")]
    [TestCase("list")]
    public void What_is_supported_passes(string text) => Assert.That(() => Parse(text).RefuseUnsupported(), Throws.Nothing);

    [TestCase("--systemd-cgroup list", CgroupManager.Systemd)]
    [TestCase("--cgroup-manager systemd list", CgroupManager.Systemd)]
    [TestCase("--systemd-cgroup=false list", CgroupManager.Files)]
    [TestCase("--cgroup-manager cgroupfs list", CgroupManager.Files)]
    [TestCase("--cgroup-manager disabled list", CgroupManager.Nobody)]
    [TestCase("list", CgroupManager.Files)]
    public void Cgroups_are_made_by_who_is_asked(string text, CgroupManager expected) => Assert.That(Parse(text).CgroupManager, Is.EqualTo(expected));

    private static CommandLine Parse(string text) => CommandLine.Parse(text.Split(' '));
}
