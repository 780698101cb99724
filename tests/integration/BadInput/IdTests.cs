using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Names that no container can have.</summary>
[TestFixture]
internal sealed class IdTests
{
    private static IEnumerable<TestCaseData> Ids()
    {
        yield return new TestCaseData("").SetArgDisplayNames("empty");
        yield return new TestCaseData(".").SetArgDisplayNames("a dot");
        yield return new TestCaseData("..").SetArgDisplayNames("two dots");
        yield return new TestCaseData("a b").SetArgDisplayNames("a space");
        yield return new TestCaseData("a\nb").SetArgDisplayNames("a line feed");
        yield return new TestCaseData("a:b").SetArgDisplayNames("a colon");
        yield return new TestCaseData("ü").SetArgDisplayNames("a letter of another alphabet");
        yield return new TestCaseData("\u001b[31m").SetArgDisplayNames("an escape sequence");
        yield return new TestCaseData(new string('a', 1025)).SetArgDisplayNames("1025 characters");
        yield return new TestCaseData(new string('a', 256)).SetArgDisplayNames("256 characters, too many for a file's name");
    }

    [TestCaseSource(nameof(Ids))]
    [CancelAfter(60_000)]
    public void Create_refuses(string id)
    {
        using var container = TestContainer.From();

        Refusal.Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, id]);

        Assert.That(Directory.Exists(container.Runtime.Root) ? Directory.GetDirectories(container.Runtime.Root) : [], Is.Empty);
    }

    [TestCase("../{0}")]
    [TestCase("x/../../{0}")]
    [TestCase("/{0}")]
    [TestCase("{0}/")]
    [CancelAfter(60_000)]
    public void Create_refuses_a_bundle_beside_an_operand_with_a_slash(string form)
    {
        using var container = TestContainer.From();
        string operand = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, container.Id);

        Refusal.Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, operand]);

        Assert.That(Directory.Exists(container.Runtime.Root), Is.False);
    }

    [TestCase("state")]
    [TestCase("start")]
    [TestCase("kill")]
    [TestCase("delete")]
    [CancelAfter(60_000)]
    public void An_id_that_leads_out_of_the_state_root_is_refused_by(string command)
    {
        using var folder = new TemporaryFolder();
        var runtime = new RuntimeCommand(folder);
        Directory.CreateDirectory(runtime.Root);
        string outside = Path.Combine(folder.Folder("outside"), "state.json");
        File.WriteAllText(outside, "{}");

        foreach (string id in (string[])["..", ".", ""])
        {
            Refusal.Check(null, runtime, [command, id]);
        }

        Assert.That(File.Exists(outside), Is.True);
    }

    [TestCase("create")]
    [TestCase("run")]
    [CancelAfter(60_000)]
    public void An_id_in_use_is_refused_and_its_container_is_left_alone_by(string command)
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "60"));
        int pid = container.Init.Pid;

        Refusal.Check(null, container.Runtime, [command, "--bundle", container.Bundle.Path, container.Id], "already exists", container.Id);

        Assert.That(container.Status, Is.EqualTo("running"));
        Assert.That(container.Init.Pid, Is.EqualTo(pid));
    }

    [Test, CancelAfter(60_000)]
    public void An_id_of_255_characters_works()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("exit 7"));
        string id = container.Id + new string('a', 255 - container.Id.Length);

        Result result = container.Runtime.Run("run", "--bundle", container.Bundle.Path, id);

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}");
        Assert.That(container.Left(), Is.Empty);
    }
}
