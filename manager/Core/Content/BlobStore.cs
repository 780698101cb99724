using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Manager.Core.Content;

/// <summary>Blobs by their digests. What it shows is whole and was verified; nobody changes a blob, it can only be removed.</summary>
/// <remarks>
/// <para><c>blobs/ALGORITHM/HASH</c> are the blobs, <c>ingest/ALGORITHM-HASH</c> what is being written. Both are on one file
/// system: a blob becomes visible by a rename, once its bytes are on the disk. A partial file's length is the offset at
/// which the next writer goes on, after a crash too; <see cref="Sweep"/> removes those that nobody came back for.</para>
/// <para>One process has a folder open at a time; within it every member may be called from any thread.</para>
/// </remarks>
/// <example>
/// <code>
/// using BlobWriter? writer = await blobs.BeginAsync(layer.Digest, layer.Size, cancellation);
/// if (writer is not null) // else somebody has written it already
/// {
///     await DownloadAsync(layer, from: writer.Offset, to: writer);
///     await writer.CommitAsync(cancellation);
/// }
/// </code>
/// </example>
public sealed class BlobStore : IDisposable
{
    internal const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryHandle _sha256;
    private readonly DirectoryHandle _sha512;
    private readonly KeyedGate<Digest> _writers = new();

    private BlobStore(DirectoryHandle sha256, DirectoryHandle sha512, DirectoryHandle ingest)
    {
        _sha256 = sha256;
        _sha512 = sha512;
        Ingest = ingest;
    }

    internal DirectoryHandle Ingest { get; }

    /// <summary>Opens the store in a folder, which is made if it is not there.</summary>
    /// <param name="path">The folder, in a directory that exists and that only root writes to.</param>
    /// <exception cref="LinuxException">As mkdir(2), open(2) and fsync(2).</exception>
    public static BlobStore Open(string path)
    {
        Directory.CreateDirectory(path, FolderMode);
        using DirectoryHandle root = DirectoryHandle.Open(path);
        using DirectoryHandle blobs = Folder(root, "blobs");
        BlobStore store = new(Folder(blobs, "sha256"), Folder(blobs, "sha512"), Folder(root, "ingest"));
        blobs.Sync();
        root.Sync();
        return store;
    }

    /// <summary>Whether the blob is there.</summary>
    public bool Contains(Digest digest) => SizeOf(digest) is not null;

    /// <summary>The blob's size in bytes; null if it is not there.</summary>
    public long? SizeOf(Digest digest) => FolderOf(digest).StatusOf(digest.Encoded)?.Size;

    /// <summary>Opens the blob for reading; it stays readable even if it is removed meanwhile.</summary>
    /// <exception cref="CoreException">Not found.</exception>
    public Stream OpenRead(Digest digest)
    {
        try
        {
            return new FileStream(FolderOf(digest).PathOf(digest.Encoded), System.IO.FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            throw NotFound(digest);
        }
    }

    /// <summary>Reads a small blob, such as a manifest.</summary>
    /// <param name="digest">Which.</param>
    /// <param name="mostBytes">A larger one is refused.</param>
    /// <exception cref="CoreException">Not found; corrupt: it is larger.</exception>
    public byte[] Read(Digest digest, int mostBytes)
    {
        using FileDescriptor file = FolderOf(digest).TryOpenFile(digest.Encoded, FileMode.Read) ?? throw NotFound(digest);
        return file.Status().Size <= mostBytes
            ? file.ReadToEnd(mostBytes)
            : throw new CoreException(ErrorKind.Corrupt, $"read blob \"{digest}\": it has {file.Status().Size} bytes, more than {mostBytes}");
    }

    /// <summary>The digests of all blobs, in no order. Files that nobody but another program can have put there are passed over.</summary>
    public List<Digest> List()
    {
        List<Digest> digests = [];
        foreach ((string algorithm, DirectoryHandle folder) in new[] { ("sha256", _sha256), ("sha512", _sha512) })
        {
            foreach (string name in folder.Names())
            {
                if (Digest.TryParse($"{algorithm}:{name}", out Digest digest))
                {
                    digests.Add(digest);
                }
            }
        }

        return digests;
    }

    /// <summary>Removes the blob.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(Digest digest) => FolderOf(digest).Remove(digest.Encoded);

    /// <summary>Begins to write a blob, or goes on with what an earlier writer left.</summary>
    /// <param name="digest">What its bytes have to hash to.</param>
    /// <param name="size">How many bytes it has to have.</param>
    /// <param name="cancellation">Ends the wait for somebody else who is writing the same blob.</param>
    /// <returns>Null if the blob is there, perhaps because the one that was waited for has written it.</returns>
    /// <exception cref="CoreException">Corrupt: the blob is there and has another size.</exception>
    /// <exception cref="LinuxException">As open(2) and read(2).</exception>
    public async Task<BlobWriter?> BeginAsync(Digest digest, long size, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        IDisposable turn = await _writers.EnterAsync(digest, cancellation).ConfigureAwait(false);
        try
        {
            if (SizeOf(digest) is { } present)
            {
                turn.Dispose();
                return present == size ? null
                    : throw new CoreException(ErrorKind.Corrupt, $"write blob \"{digest}\": {size} bytes were announced, but it is there and has {present}");
            }

            // Reading again what a crash or a lost connection left may take long.
            return await Task.Run(() => BlobWriter.Open(this, digest, size, turn), cancellation).ConfigureAwait(false);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Writes a blob that is in memory already, such as a manifest.</summary>
    /// <exception cref="CoreException">Corrupt: the bytes do not hash to <paramref name="digest"/>.</exception>
    public async Task AddAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using BlobWriter? writer = await BeginAsync(digest, content.Length, cancellation).ConfigureAwait(false);
        if (writer is not null)
        {
            writer.Restart();
            writer.Write(content.Span);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what was begun and not finished. For the start, before anybody writes.</summary>
    /// <param name="keep">How long ago somebody has to have written to a partial blob for it to stay, to be gone on with.</param>
    /// <returns>How many files were removed.</returns>
    public int Sweep(TimeSpan keep)
    {
        int removed = 0;
        foreach (string name in Ingest.Names())
        {
            bool isPartial = Digest.TryParse(name.Replace('-', ':'), out Digest digest) && !Contains(digest);
            if (!isPartial || DateTime.UtcNow - File.GetLastWriteTimeUtc(Ingest.PathOf(name)) >= keep)
            {
                removed += Ingest.Remove(name) ? 1 : 0;
            }
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sha256.Dispose();
        _sha512.Dispose();
        Ingest.Dispose();
    }

    internal DirectoryHandle FolderOf(Digest digest) => digest.Algorithm == "sha256" ? _sha256 : _sha512;

    private static DirectoryHandle Folder(DirectoryHandle parent, string name)
    {
        parent.MakeDirectory(name, FolderMode);
        return parent.OpenDirectory(name);
    }

    private static CoreException NotFound(Digest digest) => new(ErrorKind.NotFound, $"read blob \"{digest}\": not in the store");
}
