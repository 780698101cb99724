using System.Security.Cryptography;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Manager.Core.Content;

/// <summary>Writes one blob, hashing as the bytes come. Disposed of without a commit it leaves what it has for the next writer.</summary>
/// <remarks>For one caller at a time. As long as it is not disposed of nobody else can write the blob.</remarks>
public sealed class BlobWriter : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int BufferBytes = 128 * 1024;

    private readonly BlobStore _store;
    private readonly FileDescriptor _file;
    private readonly IncrementalHash _hash;
    private readonly IDisposable _turn;
    private readonly string _name;
    private bool _isPublished;

    private BlobWriter(BlobStore store, FileDescriptor file, Digest digest, long size, IDisposable turn)
    {
        _store = store;
        _file = file;
        _turn = turn;
        _hash = IncrementalHash.CreateHash(digest.Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);
        _name = NameOf(digest);
        Digest = digest;
        Size = size;
    }

    /// <summary>What the bytes have to hash to.</summary>
    public Digest Digest { get; }

    /// <summary>How many bytes there have to be.</summary>
    public long Size { get; }

    /// <summary>How many bytes there are: the place in the blob where the next write goes on.</summary>
    public long Offset { get; private set; }

    /// <summary>Adds bytes.</summary>
    /// <exception cref="CoreException">Corrupt: there would be more than were announced; what there was is discarded.</exception>
    /// <exception cref="LinuxException">As write(2).</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - Offset)
        {
            Restart();
            throw new CoreException(ErrorKind.Corrupt, $"write blob \"{Digest}\": more than the {Size} bytes that were announced");
        }

        _file.Write(bytes);
        _hash.AppendData(bytes);
        Offset += bytes.Length;
    }

    /// <summary>Discards what there is and begins again at the first byte.</summary>
    /// <exception cref="LinuxException">As ftruncate(2).</exception>
    public void Restart()
    {
        _file.SetLength(0);
        _ = _hash.GetHashAndReset();
        Offset = 0;
    }

    /// <summary>Verifies the blob, waits until it is on the disk, and makes it visible.</summary>
    /// <exception cref="CoreException">
    /// Corrupt: its digest is another, and the writer is at its first byte again; unavailable: bytes are missing, and those
    /// that are there stay.
    /// </exception>
    /// <exception cref="LinuxException">As fsync(2) and rename(2).</exception>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        if (Offset < Size)
        {
            throw new CoreException(ErrorKind.Unavailable, $"write blob \"{Digest}\": it ends after {Offset} of {Size} bytes");
        }

        byte[] hash = _hash.GetCurrentHash();
        Digest actual = Digest.Algorithm == "sha256" ? Digest.Sha256(hash) : Digest.Sha512(hash);
        if (actual != Digest)
        {
            Restart();
            throw new CoreException(ErrorKind.Corrupt, $"write blob \"{Digest}\": its content has the digest {actual}");
        }

        await Task.Run(Publish, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Offset == 0 && !_isPublished)
        {
            // Nothing to go on with.
            _store.Ingest.Remove(_name);
        }

        _file.Dispose();
        _hash.Dispose();
        _turn.Dispose();
    }

    internal static BlobWriter Open(BlobStore store, Digest digest, long size, IDisposable turn)
    {
        FileDescriptor file = store.Ingest.OpenFile(NameOf(digest), FileMode.AppendNoFollow(Private));
        BlobWriter writer = new(store, file, digest, size, turn);
        try
        {
            writer.GoOn();
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private static string NameOf(Digest digest) => $"{digest.Algorithm}-{digest.Encoded}";

    // What an earlier writer left was never verified. It has to be hashed anyway, and what is wrong shows at the commit.
    private void GoOn()
    {
        if (_file.Status().Size > Size)
        {
            Restart();
            return;
        }

        using FileDescriptor reader = _store.Ingest.OpenFile(_name, FileMode.ReadNoFollow);
        byte[] buffer = new byte[BufferBytes];
        while (reader.Read(buffer) is > 0 and var count)
        {
            _hash.AppendData(buffer.AsSpan(0, count));
            Offset += count;
        }
    }

    private void Publish()
    {
        // The bytes first: after a crash of the machine a name must not lead to less than all of them.
        _file.Sync();
        _store.Ingest.Move(_name, _store.FolderOf(Digest), Digest.Encoded);
        _isPublished = true;
        _store.FolderOf(Digest).Sync();
    }
}
