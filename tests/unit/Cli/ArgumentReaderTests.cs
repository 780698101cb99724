using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class ArgumentReaderTests
{
    [TestCase("--name v", "v")]
    [TestCase("--name=v", "v")]
    [TestCase("-name v", "v")]
    [TestCase("-name=v", "v")]
    [TestCase("-n v", "v")]
    [TestCase("-n=v", "v")]
    [TestCase("--n v", "v", TestName = "An alias may have two dashes")]
    [TestCase("--name -v", "-v", TestName = "What follows is the value, whatever it looks like")]
    [TestCase("--name --", "--", TestName = "Even the end of options may be a value")]
    [TestCase("--name=a=b", "a=b", TestName = "Only the first equals sign parts")]
    [TestCase("--name=", null, TestName = "An empty value is as good as none")]
    [TestCase("a --name v b", "v")]
    [TestCase("--name v --name w", "w", TestName = "The last one counts")]
    [TestCase("-- --name v", null, TestName = "After -- there are no options")]
    public void Text_is_read(string line, string? expected)
    {
        string? value = null;
        ArgumentReader reader = new(line.Split(' '));
        while (reader.NextOption())
        {
            value = reader.Is("name", 'n') ? reader.ReadText() : throw reader.Unknown();
        }

        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("--on", true)]
    [TestCase("-o", true)]
    [TestCase("--on=true", true)]
    [TestCase("--on=1", true)]
    [TestCase("--on=T", true)]
    [TestCase("--on=false", false)]
    [TestCase("--on=0", false)]
    [TestCase("--on=FALSE", false)]
    [TestCase("--on=true --on=false", false)]
    [TestCase("--on false", true, TestName = "A switch takes no value from the next argument")]
    public void Switch_is_read(string line, bool expected)
    {
        bool value = false;
        ArgumentReader reader = new(line.Split(' '));
        while (reader.NextOption())
        {
            value = reader.Is("on", 'o') ? reader.ReadSwitch() : throw reader.Unknown();
        }

        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("a --on b", new[] { "a", "b" })]
    [TestCase("a - b", new[] { "a", "-", "b" }, TestName = "A dash alone is an operand")]
    [TestCase("a -- --on", new[] { "a", "--on" })]
    [TestCase("-- -- a", new[] { "--", "a" }, TestName = "Only the first -- ends the options")]
    public void Operands_are_collected(string line, string[] expected)
    {
        ArgumentReader reader = new(line.Split(' '));
        while (reader.NextOption())
        {
            Assert.That(reader.Is("on"), Is.True);
        }

        Assert.That(reader.Operands, Is.EqualTo(expected));
    }

    [Test]
    public void Options_end_after_the_operands_that_may_have_some()
    {
        ArgumentReader reader = new(["--on", "id", "--on", "program", "--on", "--", "-h"], operandsWithOptions: 2);
        int options = 0;
        while (reader.NextOption())
        {
            options++;
        }

        Assert.That(options, Is.EqualTo(2));
        Assert.That(reader.Operands, Is.EqualTo(new[] { "id", "program", "--on", "--", "-h" }));
    }

    [TestCase("--other", "flag provided but not defined: --other")]
    [TestCase("-o", "flag provided but not defined: -o")]
    [TestCase("-xyz=1", "flag provided but not defined: --xyz")]
    [TestCase("--name", "flag needs an argument: --name")]
    [TestCase("--number=x", "invalid value \"x\" for --number: not a whole number from 0 to 10")]
    [TestCase("--number=11", "invalid value \"11\" for --number: not a whole number from 0 to 10")]
    [TestCase("--number=-1", "invalid value \"-1\" for --number: not a whole number from 0 to 10")]
    [TestCase("--number=99999999999999999999", "invalid value \"99999999999999999999\" for --number: not a whole number from 0 to 10")]
    [TestCase("--on=yes", "invalid value \"yes\" for --on: neither true nor false")]
    [TestCase("---name", "bad flag syntax: ---name")]
    [TestCase("--=x", "bad flag syntax: --=x")]
    [TestCase("-=x", "bad flag syntax: -=x")]
    public void Bad_options_are_refused(string line, string message)
    {
        UsageException? error = Assert.Throws<UsageException>(() => Read(line.Split(' ')));

        Assert.That(error!.Message, Is.EqualTo(message));
        Assert.That(error.ExitCode, Is.EqualTo(1));
    }

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("a -help")]
    public void Help_leaves_the_reading(string line) => Assert.Throws<HelpRequest>(() => Read(line.Split(' ')));

    private static void Read(string[] arguments)
    {
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("name")) { reader.ReadText(); }
            else if (reader.Is("number")) { reader.ReadNumber(0, 10); }
            else if (reader.Is("on")) { reader.ReadSwitch(); }
            else { throw reader.Unknown(); }
        }
    }
}
