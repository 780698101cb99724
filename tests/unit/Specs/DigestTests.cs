using System.Security.Cryptography;
using Bulkhead.Specs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

public sealed class DigestTests
{
    private const string OfNothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Test]
    public void Parse_takes_a_digest_apart()
    {
        Digest digest = Digest.Parse(OfNothing);

        Assert.That(digest.Algorithm, Is.EqualTo("sha256"));
        Assert.That(digest.Encoded, Is.EqualTo(OfNothing[7..]));
        Assert.That(digest.ToString(), Is.EqualTo(OfNothing));
    }

    [Test]
    public void A_digest_is_made_of_a_hash()
    {
        Assert.That(Digest.Sha256(SHA256.HashData([])), Is.EqualTo(Digest.Parse(OfNothing)));
        Assert.That(Digest.Sha512(SHA512.HashData([])).Encoded, Has.Length.EqualTo(128));
        Assert.Throws<ArgumentException>(() => Digest.Sha256([1]));
    }

    [TestCase("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "the hash is not 64 lower-case hexadecimal digits")]
    [TestCase("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85", "the hash is not 64 lower-case hexadecimal digits")]
    [TestCase("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555", "the hash is not 64 lower-case hexadecimal digits")]
    [TestCase("sha256:../../../../../../../../../../../../../../../../../../../../etc", "the hash is not 64 lower-case hexadecimal digits")]
    [TestCase("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "the hash is not 128 lower-case hexadecimal digits")]
    [TestCase("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "the algorithm is neither sha256 nor sha512")]
    [TestCase("md5:d41d8cd98f00b204e9800998ecf8427e", "the algorithm is neither sha256 nor sha512")]
    [TestCase(":", "the algorithm is neither sha256 nor sha512")]
    [TestCase("sha256", "not of the form algorithm:hash")]
    [TestCase("", "not of the form algorithm:hash")]
    public void Parse_refuses(string text, string problem)
    {
        FormatException error = Assert.Throws<FormatException>(() => Digest.Parse(text));

        Assert.That(error.Message, Is.EqualTo($"digest \"{text}\": {problem}"));
        Assert.That(Digest.TryParse(text, out _), Is.False);
    }
}
