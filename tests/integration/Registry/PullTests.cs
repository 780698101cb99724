using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Manager.Core.Images;
using Bulkhead.Manager.Core.Images.Registry;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Registry;

/// <summary>Images from Debian's <c>docker-registry</c>, put there by skopeo.</summary>
[TestFixture]
internal sealed class PullTests
{
    private static readonly Platform Amd64 = new() { Os = "linux", Architecture = "amd64" };

    [Test, CancelAfter(60_000)]
    public async Task An_image_is_pulled_for_its_platform_whole_and_with_nothing_beside_it(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder);
        string layout = TestImage.Create(folder);
        registry.Fill(layout, "team/app:1", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));

        DownloadedImage image = await PullAsync(registry, blobs, "team/app:1", new RegistryOptions(), cancellation: cancellation);

        Assert.That(image.Target.MediaType, Is.EqualTo(MediaTypes.Index));
        Assert.That(image.Document.Architecture, Is.EqualTo("amd64"));
        // An index, a manifest, a configuration and two layers; what is for arm stays where it is.
        Assert.That(blobs.List(), Has.Count.EqualTo(5));
        foreach (Digest digest in blobs.List())
        {
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder.File("content"), "blobs/sha256", digest.Encoded), cancellation),
                Is.EqualTo(await File.ReadAllBytesAsync(Path.Combine(layout, "blobs/sha256", digest.Encoded), cancellation)));
        }

        Assert.That(Directory.GetFiles(folder.File("content/ingest")), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_image_is_pulled_by_its_digest_and_with_dockers_media_types(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder);
        registry.Fill(TestImage.Create(folder), "app:docker", "--format", "v2s2", "--override-arch", "amd64", "--override-os", "linux");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));

        DownloadedImage byTag = await PullAsync(registry, blobs, "app:docker", new RegistryOptions(), cancellation: cancellation);
        DownloadedImage byDigest = await PullAsync(registry, blobs, $"app@{byTag.Target.Digest}", new RegistryOptions(), cancellation: cancellation);

        Assert.That(byTag.Target.MediaType, Is.EqualTo(MediaTypes.DockerManifest));
        Assert.That(byTag.Manifest.Layers, Has.All.Property("MediaType").EqualTo(MediaTypes.DockerLayerGzip));
        Assert.That(byDigest.Target, Is.EqualTo(byTag.Target));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_cancelled_pull_goes_on_where_it_was(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder);
        registry.Fill(TestImage.Create(folder), "app", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));
        using CancellationTokenSource half = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Action<Descriptor, long> stop = (_, bytes) =>
        {
            if (bytes > 2_000_000)
            {
                half.Cancel();
            }
        };

        Assert.That(() => PullAsync(registry, blobs, "app", new RegistryOptions(), stop, cancellation: half.Token), Throws.InstanceOf<OperationCanceledException>());
        long kept = Directory.GetFiles(folder.File("content/ingest")).Sum(file => new FileInfo(file).Length);
        long first = 0;
        await PullAsync(registry, blobs, "app", new RegistryOptions(), (blob, bytes) => first = blob.Size > 1_000_000 && first == 0 ? bytes : first, cancellation: cancellation);

        Assert.That(kept, Is.GreaterThan(2_000_000));
        Assert.That(first, Is.GreaterThan(kept));
        Assert.That(Directory.GetFiles(folder.File("content/ingest")), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_registry_with_users_wants_the_right_password(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder, hasUsers: true);
        registry.Fill(TestImage.Create(folder), "app", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));
        RegistryOptions none = new() { FirstPause = TimeSpan.FromMilliseconds(10) };

        Assert.That(() => PullAsync(registry, blobs, "app", none), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Denied)
            .And.Message.EqualTo($"get manifest of \"{registry.Authority}/app:latest\": registry \"{registry.Authority}\" wants a user's name and password, and there are none for it"));
        Assert.That(() => PullAsync(registry, blobs, "app", none with { DockerConfigFile = Login(registry, "wrong") }), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Denied)
            .And.Message.Contains("401 Unauthorized: UNAUTHORIZED"));
        Assert.That(blobs.List(), Is.Empty);
        await PullAsync(registry, blobs, "app", none with { DockerConfigFile = Login(registry, DebianRegistry.Password) }, cancellation: cancellation);
        Assert.That(blobs.List(), Has.Count.EqualTo(5));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_credential_program_is_asked_for_the_password(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder, hasUsers: true);
        registry.Fill(TestImage.Create(folder), "app", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));
        string name = $"{folder.Name}-keeper";
        string program = folder.Write($"docker-credential-{name}", $$"""
            #!/bin/sh
            [ "$1" = get ] && [ "$(cat)" = {{registry.Authority}} ] || { echo "credentials not found in native keychain"; exit 1; }
            echo '{"ServerURL": "{{registry.Authority}}", "Username": "{{DebianRegistry.User}}", "Secret": "{{DebianRegistry.Password}}"}'
            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", $"{Environment.GetEnvironmentVariable("PATH")}:{folder.Path}");
        RegistryOptions options = new() { DockerConfigFile = folder.Write("config.json", $$$"""{"credHelpers": {"{{{registry.Authority}}}": "{{{name}}}"} }""") };

        await PullAsync(registry, blobs, "app", options, cancellation: cancellation);

        Assert.That(blobs.List(), Has.Count.EqualTo(5));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_private_authority_is_trusted_for_its_host_alone(CancellationToken cancellation)
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder, isTls: true);
        registry.Fill(TestImage.Create(folder), "app", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));
        RegistryOptions strict = new() { Insecure = [], Attempts = 1 };
        Directory.CreateDirectory(folder.File("others/127.0.0.1:1"));
        File.Copy(Path.Combine(registry.CertificatesFolder, registry.Authority, "ca.crt"), folder.File("others/127.0.0.1:1/ca.crt"));

        Assert.That(() => PullAsync(registry, blobs, "app", strict), Throws.TypeOf<CoreException>().With.Message.Contains("certificate"));
        Assert.That(() => PullAsync(registry, blobs, "app", strict with { CertificatesFolder = folder.File("others") }), Throws.TypeOf<CoreException>());
        await PullAsync(registry, blobs, "app", strict with { CertificatesFolder = registry.CertificatesFolder }, cancellation: cancellation);
        await PullAsync(registry, blobs, "app", new RegistryOptions(), cancellation: cancellation);

        Assert.That(blobs.List(), Has.Count.EqualTo(5));
    }

    [Test, CancelAfter(60_000)]
    public void What_is_not_there_is_not_found()
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder);
        registry.Fill(TestImage.Create(folder), "app", "--all");
        using BlobStore blobs = BlobStore.Open(folder.File("content"));

        Assert.That(() => PullAsync(registry, blobs, "app:2", new RegistryOptions()), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.NotFound)
            .And.Message.Contains("MANIFEST_UNKNOWN: manifest unknown"));
        Assert.That(() => PullAsync(registry, blobs, "app", new RegistryOptions(), platform: Amd64 with { Architecture = "s390x" }), Throws.TypeOf<CoreException>()
            .With.Property("Kind").EqualTo(ErrorKind.NotFound).And.Message.EqualTo($"pull \"{registry.Authority}/app:latest\": it is not for linux/s390x, but for linux/arm/v7, linux/amd64"));
        Assert.That(blobs.List(), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public void A_registry_that_vanishes_is_said_to_be_unavailable()
    {
        using TemporaryFolder folder = new();
        using DebianRegistry registry = DebianRegistry.Start(folder);
        using BlobStore blobs = BlobStore.Open(folder.File("content"));
        registry.Dispose();

        Assert.That(() => PullAsync(registry, blobs, "app", new RegistryOptions() { FirstPause = TimeSpan.FromMilliseconds(10) }), Throws.TypeOf<CoreException>()
            .With.Property("Kind").EqualTo(ErrorKind.Unavailable).And.Message.Contains("Connection refused (tried 5 times)"));
    }

    private static string Login(DebianRegistry registry, string password)
    {
        string auth = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{DebianRegistry.User}:{password}"));
        return registry.Folder.Write("config.json", $$$"""{"auths": {"{{{registry.Authority}}}": {"auth": "{{{auth}}}"} } }""");
    }

    private static async Task<DownloadedImage> PullAsync(
        DebianRegistry registry, BlobStore blobs, string name, RegistryOptions options, Action<Descriptor, long>? progress = null, Platform? platform = null, CancellationToken cancellation = default)
    {
        using RegistryClient client = new(options);
        return await new ImageDownload(client, blobs).RunAsync(ImageReference.Parse($"{registry.Authority}/{name}"), platform ?? Amd64, progress, cancellation);
    }
}
