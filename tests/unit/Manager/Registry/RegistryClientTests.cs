using System.Security.Cryptography;
using System.Text;
using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Manager.Core.Images;
using Bulkhead.Manager.Core.Images.Registry;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Registry;

/// <summary>Registries that lie, break off, trickle, and that want to know what is not theirs.</summary>
[TestFixture]
internal sealed class RegistryClientTests
{
    private const string ManifestText = """{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2}, "layers": []}""";
    private const string ManifestType = $"Content-Type: {MediaTypes.Manifest}";

    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 11))];
    private static readonly Digest ContentDigest = Digest.Sha256(SHA256.HashData(Content));

    private static readonly RegistryOptions Hasty = new()
    {
        Attempts = 3,
        FirstPause = TimeSpan.FromMilliseconds(1),
        LeastBytesPerWindow = 10_000,
    };

    [Test, CancelAfter(20_000)]
    public async Task A_manifest_is_got_by_tag_and_verified(CancellationToken cancellation)
    {
        using HostileServer server = new(request => request.AnswerAsync("200 OK", ManifestText, ManifestType));
        using RegistryClient client = new(Hasty);

        FetchedManifest manifest = await client.GetManifestAsync(Reference(server), cancellation);

        Assert.That(Encoding.UTF8.GetString(manifest.Content), Is.EqualTo(ManifestText));
        Assert.That(manifest.Descriptor.Digest, Is.EqualTo(Digest.Sha256(SHA256.HashData(manifest.Content))));
        Assert.That(manifest.IsIndex, Is.False);
        Assert.That(server.Requests.Single().Target, Is.EqualTo("/v2/app/manifests/latest"));
        Assert.That(server.Requests.Single().Headers["Accept"], Does.Contain(MediaTypes.Index).And.Contain(MediaTypes.DockerManifestList));
    }

    [TestCase(ManifestType, "Docker-Content-Digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ManifestText, "not sha256:9f86", TestName = "A manifest with another digest than the registry says")]
    [TestCase($"Content-Type: {MediaTypes.Index}", "X: y", ManifestText, "that calls itself", TestName = "A manifest that is called an index")]
    [TestCase("Content-Type: text/html", "X: y", "<html>", "not a JSON document", TestName = "A page instead of a manifest")]
    [TestCase("Content-Type: application/json", "X: y", "{}", "and not with a manifest", TestName = "Any document instead of a manifest")]
    [CancelAfter(20_000)]
    public void A_false_manifest_is_refused(string type, string header, string body, string problem)
    {
        using HostileServer server = new(request => request.AnswerAsync("200 OK", body, type, header));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt)
            .And.Message.Contains(problem).And.Message.StartsWith($"get manifest of \"{server.Authority}/app:latest\": "));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test, CancelAfter(20_000)]
    public void A_manifest_with_another_digest_than_was_asked_for_is_refused()
    {
        using HostileServer server = new(request => request.AnswerAsync("200 OK", ManifestText, ManifestType));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server).WithDigest(ContentDigest), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt));
    }

    [Test, CancelAfter(20_000)]
    public void A_manifest_without_end_is_given_up()
    {
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK", ManifestType);
            while (true)
            {
                await request.Stream.WriteAsync(new byte[4096], request.End);
            }
        });
        using RegistryClient client = new(Hasty with { MostManifestBytes = 100_000 });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt)
            .And.Message.Contains("more than 100000 bytes"));
    }

    [TestCase("404 Not Found", ErrorKind.NotFound, 1)]
    [TestCase("403 Forbidden", ErrorKind.Denied, 1)]
    [TestCase("400 Bad Request", ErrorKind.Unavailable, 1)]
    [TestCase("500 Internal Server Error", ErrorKind.Unavailable, 3)]
    [TestCase("429 Too Many Requests", ErrorKind.Unavailable, 3)]
    [CancelAfter(20_000)]
    public void A_failure_says_what_the_registry_says(string status, ErrorKind kind, int requests)
    {
        using HostileServer server = new(request => request.AnswerAsync(status, """{"errors": [{"code": "CODE", "message": "because\nof this"}]}"""));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(kind)
            .And.Message.StartsWith($"get manifest of \"{server.Authority}/app:latest\": host \"{server.Authority}\" answers: {status}: CODE: because?of this"));
        Assert.That(server.Requests, Has.Count.EqualTo(requests));
    }

    [Test, CancelAfter(20_000)]
    public void A_pause_longer_than_the_longest_is_not_waited_for()
    {
        using HostileServer server = new(request => request.AnswerAsync("503 Service Unavailable", "", "Retry-After: 3600"));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Unavailable));

        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_registry_that_recovers_is_asked_again(CancellationToken cancellation)
    {
        int requests = 0;
        using HostileServer server = new(request => Interlocked.Increment(ref requests) < 3
            ? request.AnswerAsync("503 Service Unavailable", "", "Retry-After: 0")
            : request.AnswerAsync("200 OK", ManifestText, ManifestType));
        using RegistryClient client = new(Hasty);

        await client.GetManifestAsync(Reference(server), cancellation);

        Assert.That(requests, Is.EqualTo(3));
    }

    [Test, CancelAfter(20_000)]
    public void A_registry_that_says_nothing_is_given_up()
    {
        using HostileServer server = new(request => Task.Delay(Timeout.Infinite, request.End));
        using RegistryClient client = new(Hasty with { AnswerLimit = TimeSpan.FromMilliseconds(500) });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Unavailable)
            .And.Message.Contains("does not answer in 0.5 seconds (tried 3 times)"));
    }

    [Test, CancelAfter(20_000)]
    public void Endless_redirects_end()
    {
        using HostileServer server = new(request => request.AnswerAsync("307 Temporary Redirect", "", $"Location: {request.Target}x"));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Message.Contains("more than 10 times in a row"));

        Assert.That(server.Requests, Has.Count.EqualTo(11));
    }

    [TestCase("file:///etc/shadow", ErrorKind.Corrupt)]
    [TestCase("http://user:password@127.0.0.1/", ErrorKind.Corrupt)]
    [TestCase("http://registry.test/", ErrorKind.Denied, Description = "not listed as insecure")]
    [CancelAfter(20_000)]
    public void A_redirect_to_a_strange_place_is_not_followed(string location, ErrorKind kind)
    {
        using HostileServer server = new(request => request.AnswerAsync("302 Found", "", $"Location: {location}"));
        using RegistryClient client = new(Hasty);

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(kind));
    }

    [Test, CancelAfter(20_000)]
    public async Task Credentials_do_not_follow_a_redirect_to_another_host(CancellationToken cancellation)
    {
        using HostileServer other = new(request => request.AnswerAsync("200 OK", ManifestText, ManifestType));
        using HostileServer server = new(request => request.Authorization is null
            ? request.AnswerAsync("401 Unauthorized", "", "WWW-Authenticate: Basic realm=\"x\"")
            : request.AnswerAsync("307 Temporary Redirect", "", $"Location: http://{other.Authority}/elsewhere"));
        using TestFolder folder = Login(server);
        using RegistryClient client = new(Hasty with { DockerConfigFile = $"{folder.Root}/config.json" });

        await client.GetManifestAsync(Reference(server), cancellation);

        Assert.That(server.Requests.Last().Authorization, Is.EqualTo("Basic dXNlcjpwYTpzcw=="));
        Assert.That(other.Requests.Single().Authorization, Is.Null);
    }

    [Test, CancelAfter(20_000)]
    public void A_host_that_was_redirected_to_gets_no_credentials_by_asking()
    {
        using HostileServer other = new(request => request.AnswerAsync("401 Unauthorized", "", "WWW-Authenticate: Basic realm=\"x\""));
        using HostileServer server = new(request => request.AnswerAsync("307 Temporary Redirect", "", $"Location: http://{other.Authority}/elsewhere"));
        using TestFolder folder = Login(server);
        using RegistryClient client = new(Hasty with { DockerConfigFile = $"{folder.Root}/config.json" });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Denied));

        Assert.That(other.Requests.Single().Authorization, Is.Null);
    }

    [Test, CancelAfter(20_000)]
    public void Credentials_do_not_go_to_a_realm_on_another_host()
    {
        using HostileServer realm = new(request => request.AnswerAsync("200 OK", """{"token": "t"}"""));
        using HostileServer server = new(request => request.AnswerAsync("401 Unauthorized", "", $"WWW-Authenticate: Bearer realm=\"http://{realm.Authority}/token\",service=\"s\""));
        using TestFolder folder = Login(server);
        using RegistryClient client = new(Hasty with { DockerConfigFile = $"{folder.Root}/config.json" });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Denied)
            .And.Message.Contains($"another host, \"{realm.Authority}\"; they are not"));

        Assert.That(realm.Requests, Is.Empty);
    }

    [TestCase(true, "Basic dXNlcjpwYTpzcw==")]
    [TestCase(false, null)]
    [CancelAfter(20_000)]
    public async Task A_token_is_got_for_the_scope_and_used_again(bool isLoggedIn, string? atRealm)
    {
        using HostileServer realm = new(request => request.AnswerAsync("200 OK", """{"access_token": "the-token", "expires_in": 300}"""));
        using HostileServer server = new(request => request.Authorization == "Bearer the-token"
            ? request.AnswerAsync("200 OK", ManifestText, ManifestType)
            : request.AnswerAsync("401 Unauthorized", "", $"WWW-Authenticate: Bearer realm=\"http://{realm.Authority}/token?a=b\",service=\"the service\",scope=\"repository:other:push\""));
        using TestFolder folder = Login(server);
        Dictionary<string, IReadOnlyList<string>> trusted = new() { [server.Authority] = [realm.Authority] };
        using RegistryClient client = new(Hasty with { DockerConfigFile = isLoggedIn ? $"{folder.Root}/config.json" : null, TokenHosts = trusted });

        await client.GetManifestAsync(Reference(server), default);
        await client.GetManifestAsync(Reference(server), default);

        HostileRequest asked = realm.Requests.Single();
        Assert.That(asked.Target, Is.EqualTo("/token?a=b&service=the%20service&scope=repository%3Aapp%3Apull"));
        Assert.That(asked.Authorization, Is.EqualTo(atRealm));
        Assert.That(server.Requests, Has.Count.EqualTo(3));
    }

    [Test, CancelAfter(20_000)]
    public void Wrong_credentials_are_sent_once()
    {
        using HostileServer server = new(request => request.AnswerAsync("401 Unauthorized", "", "WWW-Authenticate: Basic realm=\"x\""));
        using TestFolder folder = Login(server);
        using RegistryClient client = new(Hasty with { DockerConfigFile = $"{folder.Root}/config.json" });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Denied));

        Assert.That(server.Requests, Has.Count.EqualTo(2));
    }

    [Test, CancelAfter(20_000)]
    public void Plain_HTTP_is_only_spoken_where_it_is_allowed()
    {
        using HostileServer server = new(request => request.AnswerAsync("200 OK", ManifestText, ManifestType));
        using RegistryClient client = new(Hasty with { Insecure = [] });

        Assert.That(() => client.GetManifestAsync(Reference(server), default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Unavailable));

        Assert.That(server.Requests, Is.Empty);
    }

    [Test, CancelAfter(20_000)]
    public async Task A_mirror_is_asked_first_and_may_fail(CancellationToken cancellation)
    {
        using HostileServer broken = new(request => request.AnswerAsync("404 Not Found"));
        using HostileServer mirror = new(request => request.AnswerAsync("200 OK", ManifestText, ManifestType));
        Dictionary<string, IReadOnlyList<Uri>> mirrors = new() { ["docker.io"] = [new Uri($"http://{broken.Authority}"), new Uri($"http://{mirror.Authority}/prefix")] };
        using RegistryClient client = new(Hasty with { Mirrors = mirrors });

        await client.GetManifestAsync(ImageReference.Parse("busybox"), cancellation);

        Assert.That(broken.Requests, Has.Count.EqualTo(1));
        Assert.That(mirror.Requests.Single().Target, Is.EqualTo("/prefix/v2/library/busybox/manifests/latest"));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_broken_off_download_goes_on_where_it_was()
    {
        int requests = 0;
        using HostileServer server = new(async request =>
        {
            int from = request.Range is { } range ? int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture) : 0;
            string part = $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}";
            await request.HeadAsync(from > 0 ? "206 Partial Content" : "200 OK", $"Content-Length: {Content.Length - from}", part);
            int count = Interlocked.Increment(ref requests) == 3 ? Content.Length - from : 50_000;
            await request.Stream.WriteAsync(Content.AsMemory(from, count), request.End);
        });

        using TestFolder folder = await DownloadsAsync(server);

        Assert.That(server.Requests.Select(request => request.Range), Is.EqualTo(new[] { null, "bytes=50000-", "bytes=100000-" }));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_registry_without_ranges_sends_all_again()
    {
        int requests = 0;
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK", $"Content-Length: {Content.Length}");
            await request.Stream.WriteAsync(Content.AsMemory(0, Interlocked.Increment(ref requests) == 1 ? 50_000 : Content.Length), request.End);
        });

        using TestFolder folder = await DownloadsAsync(server);

        Assert.That(requests, Is.EqualTo(2));
    }

    [Test, CancelAfter(20_000)]
    public async Task Another_range_than_asked_for_is_not_taken()
    {
        int requests = 0;
        using HostileServer server = new(async request =>
        {
            int number = Interlocked.Increment(ref requests);
            await request.HeadAsync(number == 2 ? "206 Partial Content" : "200 OK", number == 2 ? $"Content-Range: bytes 0-{Content.Length - 1}/{Content.Length}" : "X: y", $"Content-Length: {Content.Length}");
            await request.Stream.WriteAsync(Content.AsMemory(0, number == 1 ? 50_000 : Content.Length), request.End);
        });

        using TestFolder folder = await DownloadsAsync(server);

        Assert.That(server.Requests.Select(request => request.Range), Is.EqualTo(new[] { null, "bytes=50000-", null }));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_damaged_beginning_is_downloaded_again()
    {
        using HostileServer server = new(request => request.Range is null
            ? request.AnswerAsync("200 OK", Content)
            : request.AnswerAsync("206 Partial Content", Content[1000..], $"Content-Range: bytes 1000-{Content.Length - 1}/{Content.Length}"));

        using TestFolder folder = await DownloadsAsync(server, begun: new byte[1000]);

        Assert.That(server.Requests.Select(request => request.Range), Is.EqualTo(new[] { "bytes=1000-", null }));
    }

    [TestCase(200_000, ErrorKind.Corrupt, "its content has the digest", TestName = "A blob with another digest is refused")]
    [TestCase(200_001, ErrorKind.Corrupt, "has a blob of 200001 bytes, and 200000 were announced", TestName = "A blob of another size is refused")]
    [CancelAfter(20_000)]
    public void False_blob(int length, ErrorKind kind, string problem)
    {
        using HostileServer server = new(request => request.AnswerAsync("200 OK", new byte[length]));
        using TestFolder folder = new();

        Assert.That(() => DownloadAsync(server, folder, default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(kind).And.Message.Contains(problem));

        NothingIsLeft(folder);
    }

    [Test, CancelAfter(20_000)]
    public void A_blob_without_end_is_refused()
    {
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK");
            while (true)
            {
                await request.Stream.WriteAsync(Content, request.End);
            }
        });
        using TestFolder folder = new();

        Assert.That(() => DownloadAsync(server, folder, default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt));

        NothingIsLeft(folder);
    }

    [Test, CancelAfter(20_000)]
    public void A_server_that_trickles_is_given_up()
    {
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK", $"Content-Length: {Content.Length}");
            for (int i = 0; i < Content.Length; i++)
            {
                await request.Stream.WriteAsync(Content.AsMemory(i, 1), request.End);
                await Task.Delay(20, request.End);
            }
        });
        using TestFolder folder = new();

        Assert.That(() => DownloadAsync(server, folder, default, Hasty with { Window = TimeSpan.FromMilliseconds(200) }), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Unavailable)
            .And.Message.Contains("sends less than 10000 bytes in 0.2 seconds (tried 3 times)"));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_server_that_keeps_the_pace_may_take_longer_than_the_time_for_a_part()
    {
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK", $"Content-Length: {Content.Length}");
            for (int i = 0; i < Content.Length; i += 20_000)
            {
                await request.Stream.WriteAsync(Content.AsMemory(i, 20_000), request.End);
                await Task.Delay(250, request.End);
            }
        });

        using TestFolder folder = await DownloadsAsync(server, options: Hasty with { Window = TimeSpan.FromSeconds(2) });

        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test, CancelAfter(20_000)]
    public async Task A_download_that_is_cancelled_stops_and_can_be_gone_on_with()
    {
        using CancellationTokenSource cancellation = new();
        using HostileServer server = new(async request =>
        {
            await request.HeadAsync("200 OK", $"Content-Length: {Content.Length}");
            await request.Stream.WriteAsync(Content.AsMemory(0, 50_000), request.End);
            await Task.Delay(Timeout.Infinite, request.End);
        });
        using TestFolder folder = new();

        Task download = DownloadAsync(server, folder, cancellation.Token, Hasty with { Window = TimeSpan.FromMinutes(1) });
        while (!Directory.Exists($"{folder.Root}/ingest") || !Directory.GetFiles($"{folder.Root}/ingest").Any(file => new FileInfo(file).Length == 50_000))
        {
            await Task.Delay(5, CancellationToken.None);
        }

        await cancellation.CancelAsync();
        Assert.That(async () => await download, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(new FileInfo(Directory.GetFiles($"{folder.Root}/ingest").Single()).Length, Is.EqualTo(50_000));
    }

    private static ImageReference Reference(HostileServer server) => ImageReference.Parse($"{server.Authority}/app");

    private static TestFolder Login(HostileServer server) =>
        new TestFolder().WithFile("config.json", $$$"""{"auths": {"{{{server.Authority}}}": {"auth": "dXNlcjpwYTpzcw=="} } }""");

    private static async Task<TestFolder> DownloadsAsync(HostileServer server, byte[]? begun = null, RegistryOptions? options = null)
    {
        TestFolder folder = new();
        if (begun is not null)
        {
            folder.WithDirectory("ingest");
            await File.WriteAllBytesAsync($"{folder.Root}/ingest/sha256-{ContentDigest.Encoded}", begun);
        }

        await DownloadAsync(server, folder, default, options);
        using BlobStore store = BlobStore.Open(folder.Root);
        Assert.That(store.Read(ContentDigest, Content.Length), Is.EqualTo(Content));
        Assert.That(Directory.GetFiles($"{folder.Root}/ingest"), Is.Empty);
        return folder;
    }

    private static async Task DownloadAsync(HostileServer server, TestFolder folder, CancellationToken cancellation, RegistryOptions? options = null)
    {
        using RegistryClient client = new(options ?? Hasty);
        using BlobStore store = BlobStore.Open(folder.Root);
        using BlobWriter writer = (await store.BeginAsync(ContentDigest, Content.Length, cancellation))!;
        await client.GetBlobAsync(Reference(server), writer, null, cancellation);
    }

    private static void NothingIsLeft(TestFolder folder)
    {
        using BlobStore store = BlobStore.Open(folder.Root);
        Assert.That(store.List(), Is.Empty);
        Assert.That(Directory.GetFiles($"{folder.Root}/ingest"), Is.Empty);
    }
}
