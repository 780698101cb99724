using System.Security.Cryptography;
using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Manager.Content;

[TestFixture]
internal sealed class BlobStoreTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
    private static readonly Digest Sha256OfContent = Digest.Sha256(SHA256.HashData(Content));
    private static readonly Digest Sha512OfContent = Digest.Sha512(SHA512.HashData(Content));
    private static readonly Digest[] Both = [Sha256OfContent, Sha512OfContent];

    [TestCaseSource(nameof(Both))]
    public async Task A_blob_is_seen_once_it_is_committed_and_not_before(Digest digest)
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);

        using (BlobWriter writer = (await store.BeginAsync(digest, Content.Length, default))!)
        {
            writer.Write(Content.AsSpan(0, 100_000));
            writer.Write(Content.AsSpan(100_000));
            Assert.That(store.Contains(digest), Is.False);
            Assert.That(store.List(), Is.Empty);
            await writer.CommitAsync(default);
        }

        Assert.That(store.SizeOf(digest), Is.EqualTo(Content.Length));
        Assert.That(store.List(), Is.EqualTo(new[] { digest }));
        Assert.That(store.Read(digest, Content.Length), Is.EqualTo(Content));
        Assert.That(folder.Everything(), Is.EqualTo(new[] { "blobs", "blobs/sha256", "blobs/sha512", $"blobs/{digest.Algorithm}/{digest.Encoded}", "ingest" }.Order(StringComparer.Ordinal)));
    }

    [Test]
    public async Task Another_content_than_the_digest_says_is_refused_and_nothing_stays()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);

        using (BlobWriter writer = (await store.BeginAsync(Sha256OfContent, 3, default))!)
        {
            writer.Write("abc"u8);
            Assert.That(() => writer.CommitAsync(default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt)
                .And.Message.EqualTo($"write blob \"{Sha256OfContent}\": its content has the digest sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        }

        Assert.That(store.Contains(Sha256OfContent), Is.False);
        Assert.That(Directory.GetFiles($"{folder.Root}/ingest"), Is.Empty);
    }

    [Test]
    public async Task More_bytes_than_announced_are_refused_before_they_are_written()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);

        using (BlobWriter writer = (await store.BeginAsync(Sha256OfContent, 3, default))!)
        {
            writer.Write("ab"u8);
            Assert.That(() => writer.Write("cd"u8), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt));
        }

        Assert.That(Directory.GetFiles($"{folder.Root}/ingest"), Is.Empty);
    }

    [Test]
    public async Task A_blob_that_ends_too_early_is_not_committed_and_can_be_gone_on_with()
    {
        using TestFolder folder = new();
        using (BlobStore before = BlobStore.Open(folder.Root))
        using (BlobWriter writer = (await before.BeginAsync(Sha512OfContent, Content.Length, default))!)
        {
            writer.Write(Content.AsSpan(0, 200_001));
            Assert.That(() => writer.CommitAsync(default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Unavailable));
        }

        using BlobStore store = BlobStore.Open(folder.Root);
        using (BlobWriter writer = (await store.BeginAsync(Sha512OfContent, Content.Length, default))!)
        {
            Assert.That(writer.Offset, Is.EqualTo(200_001));
            writer.Write(Content.AsSpan(200_001));
            await writer.CommitAsync(default);
        }

        Assert.That(store.Read(Sha512OfContent, Content.Length), Is.EqualTo(Content));
    }

    [Test]
    public async Task A_damaged_beginning_is_found_out_and_can_be_written_again()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        File.WriteAllBytes($"{folder.Root}/ingest/sha256-{Sha256OfContent.Encoded}", new byte[1000]);

        using BlobWriter writer = (await store.BeginAsync(Sha256OfContent, Content.Length, default))!;
        writer.Write(Content.AsSpan(1000));
        Assert.That(() => writer.CommitAsync(default), Throws.TypeOf<CoreException>());
        Assert.That(writer.Offset, Is.Zero);
        writer.Write(Content);
        await writer.CommitAsync(default);

        Assert.That(store.Read(Sha256OfContent, Content.Length), Is.EqualTo(Content));
    }

    [Test]
    public async Task A_partial_file_that_is_too_long_is_begun_again()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        File.WriteAllBytes($"{folder.Root}/ingest/sha256-{Sha256OfContent.Encoded}", new byte[Content.Length + 1]);

        using BlobWriter writer = (await store.BeginAsync(Sha256OfContent, Content.Length, default))!;

        Assert.That(writer.Offset, Is.Zero);
    }

    [Test]
    public async Task A_link_in_the_place_of_a_partial_file_is_not_followed()
    {
        using TestFolder folder = new TestFolder().WithLink($"ingest/sha256-{Sha256OfContent.Encoded}", "{outside}/secret");
        using BlobStore store = BlobStore.Open(folder.Root);

        Assert.That(() => store.BeginAsync(Sha256OfContent, Content.Length, default), Throws.TypeOf<Bulkhead.Linux.LinuxException>());

        Assert.That(folder.IsOutsideUntouched, Is.True);
        await store.AddAsync(Sha512OfContent, Content, default);
    }

    [Test, CancelAfter(20_000)]
    public async Task A_blob_asked_for_by_many_is_written_once(CancellationToken cancellation)
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        int written = 0;

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            using BlobWriter? writer = await store.BeginAsync(Sha256OfContent, Content.Length, cancellation);
            if (writer is not null)
            {
                Interlocked.Increment(ref written);
                writer.Write(Content);
                await writer.CommitAsync(cancellation);
            }
        }, cancellation)));

        Assert.That(written, Is.EqualTo(1));
        Assert.That(store.Contains(Sha256OfContent), Is.True);
    }

    [Test, CancelAfter(20_000)]
    public async Task Who_waits_for_another_writer_takes_over_from_one_that_gives_up(CancellationToken cancellation)
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        BlobWriter first = (await store.BeginAsync(Sha256OfContent, Content.Length, cancellation))!;
        Task<BlobWriter?> second = store.BeginAsync(Sha256OfContent, Content.Length, cancellation);
        using CancellationTokenSource impatience = new();
        Task<BlobWriter?> third = store.BeginAsync(Sha256OfContent, Content.Length, impatience.Token);

        await impatience.CancelAsync();
        first.Write(Content.AsSpan(0, 10));
        first.Dispose();

        Assert.That(async () => await third, Throws.InstanceOf<OperationCanceledException>());
        using BlobWriter? writer = await second;
        Assert.That(writer!.Offset, Is.EqualTo(10));
    }

    [Test]
    public async Task A_reader_goes_on_after_the_blob_is_removed()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        await store.AddAsync(Sha256OfContent, Content, default);
        using Stream reader = store.OpenRead(Sha256OfContent);

        Assert.That(store.Remove(Sha256OfContent), Is.True);

        Assert.That(store.Remove(Sha256OfContent), Is.False);
        using MemoryStream copy = new();
        await reader.CopyToAsync(copy);
        Assert.That(copy.ToArray(), Is.EqualTo(Content));
        Assert.That(() => store.OpenRead(Sha256OfContent), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.NotFound));
    }

    [Test]
    public async Task A_larger_blob_than_the_reader_wants_is_refused()
    {
        using TestFolder folder = new();
        using BlobStore store = BlobStore.Open(folder.Root);
        await store.AddAsync(Sha256OfContent, Content, default);

        Assert.That(() => store.Read(Sha256OfContent, Content.Length - 1), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt));
        Assert.That(() => store.BeginAsync(Sha256OfContent, 1, default), Throws.TypeOf<CoreException>().With.Property("Kind").EqualTo(ErrorKind.Corrupt));
    }

    [Test]
    public void A_sweep_keeps_what_is_recent_and_can_be_gone_on_with()
    {
        string recent = $"sha256-{Sha256OfContent.Encoded}";
        string old = $"sha512-{Sha512OfContent.Encoded}";
        using TestFolder folder = new TestFolder().WithFile($"ingest/{recent}", "1").WithFile($"ingest/{old}", "2").WithFile("ingest/unknown", "3");
        using BlobStore store = BlobStore.Open(folder.Root);
        File.SetLastWriteTimeUtc($"{folder.Root}/ingest/{old}", DateTime.UtcNow.AddDays(-2));

        Assert.That(store.Sweep(TimeSpan.FromDays(1)), Is.EqualTo(2));
        Assert.That(Directory.GetFiles($"{folder.Root}/ingest").Select(Path.GetFileName), Is.EqualTo(new[] { recent }));
        Assert.That(store.Sweep(TimeSpan.Zero), Is.EqualTo(1));
    }
}
