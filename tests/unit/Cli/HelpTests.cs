using System.Text.RegularExpressions;
using Bulkhead.Runtime.Cli;
using Bulkhead.Runtime.Cli.Commands;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed partial class HelpTests
{
    private static readonly string[] Commands =
    [
        "create", "start", "run", "state", "list", "exec", "kill", "delete", "ps", "pause", "resume", "update", "events", "checkpoint", "restore", "spec", "features",
    ];

    [TestCaseSource(nameof(Commands))]
    public void Every_command_is_listed_and_has_a_text_of_its_own(string command)
    {
        Assert.That(Help.Of(null), Does.Contain($"\n  {command} "));
        Assert.That(Help.Of(command), Does.StartWith($"usage: runtime {command} ").Or.StartWith($"usage: runtime {command}\n"));
    }

    [TestCaseSource(nameof(Commands))]
    public void Every_option_that_is_explained_is_known(string command)
    {
        foreach (Match option in Option().Matches(Help.Of(command)!))
        {
            Assert.That(Refusal(command, [option.Value, "0"]), Does.Not.Contain("not defined"));
        }
    }

    [Test]
    public void There_is_none_for_what_is_no_command() => Assert.That(Help.Of("nonsense"), Is.Null);

    private static string Refusal(string command, string[] arguments)
    {
        try
        {
            Parse(command, arguments);
            return "";
        }
        catch (UsageException error)
        {
            return error.Message;
        }
    }

    private static void Parse(string command, string[] arguments)
    {
        switch (command)
        {
            case "create":
                CreateCommand.Parse(arguments);
                break;
            case "checkpoint":
                CheckpointCommand.Parse(arguments);
                break;
            case "restore":
                RestoreCommand.Parse(arguments);
                break;
            case "run":
                RunCommand.Parse(arguments);
                break;
            case "exec":
                ExecCommand.Parse(arguments);
                break;
            case "kill":
                KillCommand.Parse(arguments);
                break;
            case "delete":
                DeleteCommand.Parse(arguments);
                break;
            case "ps":
                PsCommand.Parse(arguments);
                break;
            case "list":
                ListCommand.Parse(arguments);
                break;
            case "update":
                UpdateCommand.Parse(arguments);
                break;
            case "events":
                EventsCommand.Parse(arguments);
                break;
            case "spec":
                SpecCommand.Parse(arguments);
                break;
            default:
                SoleContainer.Parse(command, arguments);
                break;
        }
    }

    // At the beginning of a line, or its alias behind a comma.
    [GeneratedRegex(@"(?<=^  )--?[a-z][a-z0-9-]*|(?<=^  --.*, )-[a-z]", RegexOptions.Multiline)]
    private static partial Regex Option();
}
