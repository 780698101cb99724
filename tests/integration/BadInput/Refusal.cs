using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>What has to hold, seen from all sides, whenever a command is refused.</summary>
internal static class Refusal
{
    /// <summary>
    /// Runs a command with its errors on stderr, in a text log and in a JSON log. Each time it has to fail, to say why in one
    /// line that names the causes, and to leave nothing.
    /// </summary>
    /// <param name="container">The container that must not come to be, or null when there is one and it has to stay.</param>
    /// <param name="runtime">The runtime.</param>
    /// <param name="command">The command.</param>
    /// <param name="causes">What the line has to contain, in either case.</param>
    public static void Check(TestContainer? container, RuntimeCommand runtime, string[] command, params string[] causes)
    {
        using var folder = new TemporaryFolder();
        foreach (string format in (string[])["", "text", "json"])
        {
            string log = folder.File($"log-{format}");
            string[] options = format.Length == 0 ? [] : ["--log", log, "--log-format", format];
            runtime.GlobalOptions.AddRange(options);
            Result result = runtime.Run(command);
            runtime.GlobalOptions.RemoveRange(runtime.GlobalOptions.Count - options.Length, options.Length);

            Assert.That(result.ExitCode, Is.InRange(1, 255), $"{result}");
            string message = format.Length == 0 ? FromText(result.Error) : result.Error;
            Assert.That(result.Output, Is.Empty);
            AssertNames(message, causes, $"{result}");
            if (format.Length > 0)
            {
                Assert.That(FromLog(log, format), Is.EqualTo(message));
            }

            Assert.That(container?.Left() ?? [], Is.Empty, $"{result}");
        }
    }

    /// <summary>Checks that a bundle is refused by <c>create</c> and by <c>run</c>.</summary>
    /// <param name="change">Makes a good bundle bad.</param>
    /// <param name="causes">What the error has to contain.</param>
    public static void OfBundle(Action<TestBundle> change, params string[] causes)
    {
        using var container = TestContainer.From(change);
        Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, container.Id], causes);
        Check(container, container.Runtime, ["run", "--bundle", container.Bundle.Path, container.Id], causes);
    }

    /// <summary>The error of a log file, which has to be its only line but for warnings.</summary>
    private static string FromLog(string path, string format)
    {
        string[] lines = File.ReadAllLines(path);
        if (format == "text")
        {
            return FromText(lines.Single(line => line.Contains("level=error", StringComparison.Ordinal)));
        }

        JsonObject[] entries = lines.Select(line => JsonNode.Parse(line)!.AsObject()).ToArray();
        Assert.That(entries.Select(entry => entry.ContainsKey("time")), Is.All.True);
        return (string)entries.Single(entry => (string?)entry["level"] == "error")["msg"]!;
    }

    private static string FromText(string line)
    {
        Assert.That(line, Does.Match("^time=\"[^\"]+\" level=error msg=\"(.*)\"$"));
        return line[(line.IndexOf("msg=", StringComparison.Ordinal) + 5)..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }

    private static void AssertNames(string message, string[] causes, string all)
    {
        Assert.That(message, Is.Not.Empty.And.Not.Contain("\n"), all);
        Assert.That(message, Does.Not.Contain("Exception").And.Not.Contain("   at ").And.Not.Contain("initializer"), all);
        foreach (string cause in causes)
        {
            Assert.That(message, Does.Contain(cause).IgnoreCase, all);
        }
    }
}
