using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs;
using Bulkhead.Specs.Json;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Manager.Core.Content;

/// <summary>Documents of one kind, a file for each, replaced atomically and on the disk when the call returns.</summary>
/// <typeparam name="T">What a document holds.</typeparam>
/// <remarks>
/// A name is chosen by the core, an id or a hash, and is a file's name as it is. Whoever writes the same document from two
/// threads keeps them apart.
/// </remarks>
public sealed class DocumentFolder<T> : IDisposable where T : class, IJsonObject<T>
{
    private const string Extension = ".json";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryHandle _folder;

    /// <summary>Opens the folder, which is made if it is not there.</summary>
    /// <exception cref="LinuxException">As open(2).</exception>
    public DocumentFolder(string path)
    {
        Directory.CreateDirectory(path, BlobStore.FolderMode);
        _folder = DirectoryHandle.Open(path);
    }

    /// <summary>Reads every document; for the start, before anybody writes.</summary>
    /// <param name="damaged">Hears of each that cannot be read: its path now, which ends in <c>.damaged</c>, and what is wrong.</param>
    /// <returns>The documents by their names.</returns>
    /// <exception cref="LinuxException">As open(2), read(2) and rename(2).</exception>
    public Dictionary<string, T> ReadAll(Action<string, string> damaged)
    {
        Dictionary<string, T> documents = [];
        foreach (string file in _folder.Names())
        {
            if (!file.EndsWith(Extension, StringComparison.Ordinal))
            {
                continue;
            }

            string name = file[..^Extension.Length];
            try
            {
                using FileDescriptor content = _folder.OpenFile(file, FileMode.ReadNoFollow);
                documents.Add(name, SpecJson.Read<T>(content.ReadToEnd(SpecJson.MaxDocumentBytes)));
            }
            catch (Exception error) when (error is SpecException or LinuxException { Error: Errno.EFBIG or Errno.EISDIR or Errno.ELOOP })
            {
                string aside = $"{name}.damaged";
                _folder.Rename(file, aside);
                damaged(_folder.PathOf(aside), error.Message);
            }
        }

        return documents;
    }

    /// <summary>Writes a document, in place of the one of that name.</summary>
    /// <exception cref="LinuxException">As open(2), write(2), fsync(2) and rename(2); the old one is still there then.</exception>
    public void Write(string name, T document) =>
        AtomicFile.Replace(_folder, name + Extension, SpecJson.Write(document), Private, isDurable: true);

    /// <summary>Removes a document.</summary>
    /// <returns>False if there was none.</returns>
    /// <exception cref="LinuxException">As unlink(2) and fsync(2).</exception>
    public bool Remove(string name)
    {
        bool removed = _folder.Remove(name + Extension);
        if (removed)
        {
            _folder.Sync();
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
