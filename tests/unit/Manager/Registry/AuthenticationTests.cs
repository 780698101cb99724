using Bulkhead.Manager.Core.Errors;
using Bulkhead.Manager.Core.Images.Registry;
using Bulkhead.Tests.Unit.Fuzz;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Registry;

[TestFixture]
internal sealed class AuthenticationTests
{
    [TestCase("Basic", "basic()")]
    [TestCase("Basic realm=\"a, b=c \\\"d\\\"\"", "basic(realm=a, b=c \"d\")")]
    [TestCase("Bearer realm=\"https://a/b\",service=\"s\" , scope=x", "bearer(realm=https://a/b;service=s;scope=x)")]
    [TestCase("Negotiate, BEARER Realm = \"r\", Basic realm=\"q\"", "negotiate() bearer(realm=r) basic(realm=q)")]
    [TestCase("Bearer realm=\"one\",realm=\"two\"", "bearer(realm=one)")]
    [TestCase("Bearer realm=\"never ends", "bearer(realm=never ends)")]
    [TestCase("", "")]
    public void A_challenge_is_read(string value, string expected) =>
        Assert.That(string.Join(' ', AuthChallenge.Parse([value]).Select(challenge => $"{challenge.Scheme}({string.Join(';', challenge.Parameters.Select(p => $"{p.Key}={p.Value}"))})")), Is.EqualTo(expected));

    [Test]
    public void Any_challenge_is_read_to_its_end() => AnySeed.Holds(random =>
        AuthChallenge.Parse([string.Concat(random.PickSome(20, "Basic", "Bearer", " ", ",", "=", "\"", "\\", "realm", "é", "\t"))]).Count <= 20);

    [TestCase("https://registry.example.test", "https://registry.example.test/token", true)]
    [TestCase("https://registry.example.test", "https://registry.example.test:8443/token", true)]
    [TestCase("https://registry.example.test", "https://auth.example.test/token", true)]
    [TestCase("https://registry.example.test", "https://example.test/token", true)]
    [TestCase("https://registry.example.test", "https://badexample.test/token", false)]
    [TestCase("https://registry.example.test", "https://example.test.evil.test/token", false)]
    [TestCase("https://registry.test", "https://other.test/token", false)]
    [TestCase("https://registry.co.uk", "https://evil.co.uk/token", false)]
    [TestCase("https://r.shop.co.uk", "https://auth.shop.co.uk/token", true)]
    [TestCase("https://10.0.0.1:5000", "https://10.0.0.1:5001/token", false)]
    [TestCase("https://10.0.0.1:5000", "https://10.0.0.1:5000/token", true)]
    [TestCase("https://10.1.2.3", "https://11.1.2.3/token", false)]
    [TestCase("https://[fd00::1]", "https://[fd00::2]/token", false)]
    [TestCase("https://registry", "https://auth/token", false)]
    public void Credentials_go_to_hosts_of_the_same_owner(string registry, string realm, bool expected) =>
        Assert.That(TokenHost.IsTrusted(new Uri(registry), new Uri(realm)), Is.EqualTo(expected));

    [TestCase("""{"auths": {"r.test": {"auth": "dTpwOnE="} } }""", "u", "p:q")]
    [TestCase("""{"auths": {"https://r.test/v1/": {"auth": "dTpwOnE="} } }""", "u", "p:q")]
    [TestCase("""{"auths": {"r.test": {"username": "u", "password": "p"} } }""", "u", "p")]
    [TestCase("""{"auths": {"r.test": {"auth": "dTpwOnE=", "identitytoken": "i"} } }""", "", "i")]
    [TestCase("""{"auths": {"r.test:5000": {"auth": "dTpwOnE="}, "x.r.test": {"auth": "dTpwOnE="} } }""", null, null)]
    [TestCase("""{"auths": {"r.test": {} }, "detachKeys": "ctrl-q"}""", null, null)]
    [TestCase("{}", null, null)]
    public async Task Credentials_are_found(string config, string? user, string? secret)
    {
        using TestFolder folder = new TestFolder().WithFile("config.json", config);

        Credential? credential = await DockerCredentials.FindAsync($"{folder.Root}/config.json", "r.test", default);

        Assert.That((credential?.User, credential?.Secret), Is.EqualTo((user, secret)));
        Assert.That(credential?.ToString() ?? "", Does.Not.Contain("p:q"));
    }

    [Test]
    public async Task The_default_registrys_credentials_have_a_key_of_their_own()
    {
        using TestFolder folder = new TestFolder().WithFile("config.json", """{"auths": {"https://index.docker.io/v1/": {"auth": "dTpwOnE="} } }""");

        Assert.That((await DockerCredentials.FindAsync($"{folder.Root}/config.json", "docker.io", default))?.User, Is.EqualTo("u"));
        Assert.That(await DockerCredentials.FindAsync($"{folder.Root}/none.json", "docker.io", default), Is.Null);
    }

    [TestCase("""{"auths": {"r.test": {"auth": "%"} } }""", ErrorKind.Corrupt, "auths[\"r.test\"].auth: not user:password in base 64")]
    [TestCase("{", ErrorKind.Corrupt, "config.json\": line 1")]
    [TestCase("""{"credHelpers": {"r.test": "../evil"} }""", ErrorKind.Invalid, "not a name of letters")]
    [TestCase("""{"credsStore": "bulkhead-there-is-none"}""", ErrorKind.Unavailable, "ask credential program \"docker-credential-bulkhead-there-is-none\": no such program")]
    public void What_is_wrong_with_credentials_is_said(string config, ErrorKind kind, string problem)
    {
        using TestFolder folder = new TestFolder().WithFile("config.json", config);

        Assert.That(() => DockerCredentials.FindAsync($"{folder.Root}/config.json", "r.test", default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(kind)
            .And.Message.Contains(problem));
    }

    [TestCase("http://r.test/", "http://proxy.test:3128/")]
    [TestCase("https://r.test/", "http://secure.test:3129/")]
    [TestCase("https://127.0.0.1:5000/", null)]
    [TestCase("https://localhost/", null)]
    [TestCase("https://[::1]/", null)]
    [TestCase("https://none.test/", null)]
    [TestCase("https://sub.none.test/", null)]
    [TestCase("https://notnone.test/", "http://secure.test:3129/")]
    [TestCase("https://dot.test/", "http://secure.test:3129/")]
    [TestCase("https://sub.dot.test/", null)]
    [TestCase("https://10.1.2.3/", null)]
    [TestCase("https://11.1.2.3/", "http://secure.test:3129/")]
    [TestCase("https://port.test:5000/", null)]
    [TestCase("https://port.test:5001/", "http://secure.test:3129/")]
    public void A_proxy_is_used_where_the_environment_says_so(string destination, string? proxy)
    {
        Dictionary<string, string> environment = new()
        {
            ["HTTP_PROXY"] = "proxy.test:3128",
            ["https_proxy"] = "http://secure.test:3129",
            ["NO_PROXY"] = "none.test, .dot.test,10.0.0.0/8,port.test:5000",
        };

        EnvironmentProxy chosen = new(environment.GetValueOrDefault);

        Assert.That(chosen.GetProxy(new Uri(destination))?.AbsoluteUri, Is.EqualTo(proxy));
        Assert.That(chosen.IsBypassed(new Uri(destination)), Is.EqualTo(proxy is null));
    }
}
