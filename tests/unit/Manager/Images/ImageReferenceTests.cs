using Bulkhead.Manager.Core.Errors;
using Bulkhead.Manager.Core.Images;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Images;

[TestFixture]
internal sealed class ImageReferenceTests
{
    private const string Sixty4 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    private const string Digest = $"sha256:{Sixty4}";

    private static readonly string[] s_pieces =
        ["a", "b1", "library", "localhost", "A", "a.b", "_", "__", "___", "-", "--", ".", "..", ":", "5000", "/", "/", "@", Digest, Sixty4, "[::1]", "é", " ", "\n", "latest"];

    [TestCase("busybox", "docker.io/library/busybox", "busybox")]
    [TestCase("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [TestCase("team/app", "docker.io/team/app", "team/app")]
    [TestCase("team/app/part", "docker.io/team/app/part", "team/app/part")]
    [TestCase("library/busybox", "docker.io/library/busybox", "busybox")]
    [TestCase("library/a/b", "docker.io/library/a/b", "library/a/b")]
    [TestCase("docker.io/busybox", "docker.io/library/busybox", "busybox")]
    [TestCase("index.docker.io/busybox", "docker.io/library/busybox", "busybox")]
    [TestCase("docker.io/localhost/b", "docker.io/localhost/b", "docker.io/localhost/b")]
    [TestCase("docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c")]
    [TestCase("localhost", "docker.io/library/localhost", "localhost")]
    [TestCase("localhost/app", "localhost/app", "localhost/app")]
    [TestCase("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000")]
    [TestCase("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1")]
    [TestCase("registry.test/app", "registry.test/app", "registry.test/app")]
    [TestCase("Registry/app", "Registry/app", "Registry/app")]
    [TestCase("[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app")]
    [TestCase("[fd00::1]/app", "[fd00::1]/app", "[fd00::1]/app")]
    [TestCase("10.0.0.1:5000/a/b", "10.0.0.1:5000/a/b", "10.0.0.1:5000/a/b")]
    [TestCase("busybox@" + Digest, "docker.io/library/busybox@" + Digest, "busybox@" + Digest)]
    [TestCase("registry.test/app:1@" + Digest, "registry.test/app:1@" + Digest, "registry.test/app:1@" + Digest)]
    [TestCase("a__b/c---d.e_f:_T.ag-1", "docker.io/a__b/c---d.e_f:_T.ag-1", "a__b/c---d.e_f:_T.ag-1")]
    [TestCase("docker.io/library/" + Sixty4, "docker.io/library/" + Sixty4, "library/" + Sixty4)]
    public void A_reference_is_read(string text, string canonical, string familiar)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.That(reference.ToString(), Is.EqualTo(canonical));
        Assert.That(reference.Familiar, Is.EqualTo(familiar));
    }

    [TestCase("", "empty")]
    [TestCase("Busybox", "the repository's name has a capital letter")]
    [TestCase("team/App", "the repository's name has a capital letter")]
    [TestCase("registry.test/", "the repository's name is not made of")]
    [TestCase("registry.test", null)]
    [TestCase("/app", "the repository's name is not made of")]
    [TestCase("team//app", "the repository's name is not made of")]
    [TestCase("a___b", "the repository's name is not made of")]
    [TestCase("a..b", "the repository's name is not made of")]
    [TestCase("-a", "the repository's name is not made of")]
    [TestCase("a-", "the repository's name is not made of")]
    [TestCase("a_", "the repository's name is not made of")]
    [TestCase("../../etc/passwd", "\"..\" is not a registry's host and port")]
    [TestCase("busybox:", "a tag has 1 to 128")]
    [TestCase("busybox:-a", "a tag has 1 to 128")]
    [TestCase("busybox:a/b", "\"busybox:a\" is not a registry's host and port")]
    [TestCase("registry.test:99999/a", "\"registry.test:99999\" is not a registry's host and port")]
    [TestCase("[::1%eth0]:5000/a", "\"[::1%eth0]:5000\" is not a registry's host and port")]
    [TestCase("user:secret@registry.test/a", "what follows \"@\" is not a digest")]
    [TestCase("busybox@sha256:1234", "what follows \"@\" is not a digest")]
    [TestCase("busybox@", "what follows \"@\" is not a digest")]
    [TestCase("busybox@md5:d41d8cd98f00b204e9800998ecf8427e", "what follows \"@\" is not a digest")]
    [TestCase(Sixty4, "64 hexadecimal digits are an image's id")]
    [TestCase(" busybox", "the repository's name is not made of")]
    [TestCase("busybox\n", "the repository's name is not made of")]
    [TestCase("-a.b/c", "\"-a.b\" is not a registry's host and port")]
    public void What_is_no_reference_is_refused(string text, string? problem)
    {
        if (problem is null)
        {
            Assert.That(ImageReference.Parse(text).ToString(), Is.EqualTo($"docker.io/library/{text}"));
            return;
        }

        Assert.That(() => ImageReference.Parse(text), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Invalid)
            .And.Message.Contains(problem).And.Message.Not.Contains("\n"));
    }

    [TestCase(255, true)]
    [TestCase(256, false)]
    public void A_repository_has_at_most_255_characters(int length, bool expected) =>
        Assert.That(ImageReference.TryParse($"registry.test/{new string('a', length)}", out _, out _), Is.EqualTo(expected));

    [TestCase(128, true)]
    [TestCase(129, false)]
    public void A_tag_has_at_most_128_characters(int length, bool expected) =>
        Assert.That(ImageReference.TryParse($"a:{new string('t', length)}", out _, out _), Is.EqualTo(expected));

    [Test]
    public void The_default_tag_comes_only_where_nothing_else_is_said()
    {
        Assert.That(ImageReference.Parse("a").WithDefaultTag().ToString(), Is.EqualTo("docker.io/library/a:latest"));
        Assert.That(ImageReference.Parse("a:1").WithDefaultTag().ToString(), Is.EqualTo("docker.io/library/a:1"));
        Assert.That(ImageReference.Parse($"a@{Digest}").WithDefaultTag().ToString(), Is.EqualTo($"docker.io/library/a@{Digest}"));
    }

    [Test]
    public void Whatever_is_read_is_read_as_the_same_from_both_its_texts() => AnySeed.Holds(random =>
    {
        string text = string.Concat(random.PickSome(8, s_pieces));
        return !ImageReference.TryParse(text, out ImageReference? reference, out string? problem)
            ? problem.Length > 0 && !problem.Contains('\n', StringComparison.Ordinal)
            : ImageReference.Parse(reference.ToString()) == reference && ImageReference.Parse(reference.Familiar) == reference
                && !reference.Path.Split('/').Any(part => part is "" or "." or "..");
    }, tests: 20_000);

    [Test]
    public void Whatever_is_made_by_the_grammar_is_read() => AnySeed.Holds(random =>
    {
        string path = string.Join('/', Enumerable.Range(0, 1 + random.Next(3)).Select(_ =>
            random.Pick("a", "b1", "0") + string.Concat(random.PickSome(3, ".x", "_y", "__z", "-0", "----q"))));
        string domain = random.Pick("docker.io/", "localhost/", "a.b/", "A/", "a:1/", "[::1]/", "[::1]:65535/", "a-b.c0.D:5000/");
        string suffix = random.Pick("", ":1", ":_", ":a.b-C", $"@{Digest}", $":v1@{Digest}");
        return ImageReference.TryParse(domain + path + suffix, out _, out _);
    }, tests: 2_000);
}
