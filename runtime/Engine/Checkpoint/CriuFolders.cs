using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>The folders that CRIU works in, and its log.</summary>
internal sealed class CriuFolders : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int MostLogBytes = 64 << 20;
    private const int MostShown = 3;

    private readonly DirectoryHandle? _work;
    private readonly string _logFile;

    private CriuFolders(DirectoryHandle images, DirectoryHandle? work, string logFile)
    {
        Images = images;
        _work = work;
        _logFile = logFile;
    }

    /// <summary>The folder of the images.</summary>
    internal DirectoryHandle Images { get; }

    /// <summary>Opens those of a dump, making them if need be.</summary>
    internal static CriuFolders Make(CriuOptions options, string logFile) => new(HostDirectories.Make(options.ImagePath, Private), Work(options), logFile);

    /// <summary>Opens those of a restore: the images are there.</summary>
    internal static CriuFolders Open(CriuOptions options, string logFile) => new(DirectoryHandle.Open(options.ImagePath), Work(options), logFile);

    /// <summary>Tells a request of them, and what else a dump and a restore have in common.</summary>
    internal void Tell(CriuRequest request, CriuOptions options, string root) =>
        request.SetCommon(options, Images.Number, _work?.Number, root, _logFile);

    /// <summary>The failure in the words of CRIU's log, whose last errors say more than its answer, which is the first.</summary>
    internal ContainerException Explain(ContainerException failure)
    {
        DirectoryHandle place = _work ?? Images;
        string log = place.PathOf(_logFile);
        List<string> errors = [];
        try
        {
            using FileDescriptor? file = place.TryOpenFile(_logFile, FileMode.Read);
            foreach (string line in Encoding.UTF8.GetString(file?.ReadToEnd(MostLogBytes) ?? []).Split('\n'))
            {
                int start = line.IndexOf("Error (", StringComparison.Ordinal);
                int end = start < 0 ? -1 : line.IndexOf("): ", start, StringComparison.Ordinal);
                if (end > 0)
                {
                    errors.Add(line[(end + 3)..].Trim());
                }
            }
        }
        catch (LinuxException)
        {
            // Without its log the failure is told as it is.
        }

        string last = string.Join("; ", errors.Count > MostShown ? errors[^MostShown..] : errors);
        return new ContainerException(last.Length == 0 ? $"{failure.Message} (log: {log})" : $"criu: {last} (log: {log})", failure);
    }

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        Images.Dispose();
        _work?.Dispose();
    }

    private static DirectoryHandle? Work(CriuOptions options) => options.WorkPath is { } path ? HostDirectories.Make(path, Private) : null;
}
