using System.Text;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>Documents that are valid and unusual: what is made of them can be found again and removed.</summary>
[TestFixture]
internal sealed class OddDocumentTests
{
    [Test, CancelAfter(30_000)]
    public void A_document_with_a_byte_order_mark_makes_a_container_like_any_other()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        File.WriteAllBytes(container.Bundle.ConfigPath, [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(container.Bundle.ConfigPath)]);

        container.Create().MustSucceed();

        Assert.That(container.Status, Is.EqualTo("created"));
        Assert.That(container.Start().ExitCode, Is.Zero);
        Assert.That(container.Delete("--force").ExitCode, Is.Zero);
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("process.user")]
    [TestCase("process.user.uid")]
    [TestCase("process.user.gid")]
    [CancelAfter(30_000)]
    public void A_process_without_a_user_is_roots(string missing)
    {
        using var container = TestContainer.From(bundle => bundle.Remove(missing).Process.Shell("id -u; id -g"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "0", "0" }), $"{result}");
    }

    [Test, CancelAfter(30_000)]
    public void Broken_json_is_refused_with_the_name_of_the_file()
    {
        using var container = TestContainer.From();
        File.WriteAllText(container.Bundle.ConfigPath, "{\n  \"ociVersion\": \n}");

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("config.json: line 3"));
    }

    [Test, CancelAfter(30_000)]
    public void A_document_nested_as_deep_as_is_read_makes_a_container_like_any_other()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "60"));
        string deep = string.Concat(Enumerable.Repeat("[", 63)) + string.Concat(Enumerable.Repeat("]", 63));
        string config = File.ReadAllText(container.Bundle.ConfigPath).TrimEnd();
        File.WriteAllText(container.Bundle.ConfigPath, config[..^1] + $",\"unknown\":{deep}}}");

        container.Create().MustSucceed();

        Assert.That(container.Status, Is.EqualTo("created"));
        Assert.That(container.Delete("--force").ExitCode, Is.Zero);
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_long_argument_does_not_hide_what_is_wrong_with_it()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("/" + new string('x', 5000)));

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("file name too long (ENAMETOOLONG)").IgnoreCase);
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("cat; echo the end", "", "the end")]
    [TestCase("cat; echo the end", "half a line", "half a line")]
    [CancelAfter(30_000)]
    public void A_terminal_whose_input_is_a_pipe_comes_to_its_end(string script, string input, string expected)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Terminal().Shell(script));
        container.Runtime.Input = input;

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(result.Output, Does.Contain(expected).And.Contain("the end"));
    }
}
