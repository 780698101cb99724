using System.Globalization;
using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using Google.Protobuf;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>A container's bundle, and the files that the shim keeps in it.</summary>
internal sealed class Bundle : IDisposable
{
    private const string OptionsFile = "options.pb";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly DirectoryHandle _directory;

    private Bundle(DirectoryHandle directory) => _directory = directory;

    /// <summary>Its folder.</summary>
    public string Path => _directory.Path;

    /// <summary>The folder itself.</summary>
    public DirectoryHandle Directory => _directory;

    /// <summary>Where the root file system is mounted.</summary>
    public string Rootfs => PathOf("rootfs");

    /// <summary>Opens a bundle.</summary>
    /// <exception cref="Linux.LinuxException">As open(2).</exception>
    public static Bundle Open(string path)
    {
        if (path is ['/', ..])
        {
            return new Bundle(DirectoryHandle.Open(path));
        }

        // Its path goes to processes that are somewhere else.
        using DirectoryHandle found = DirectoryHandle.Open(path);
        return new Bundle(DirectoryHandle.Open(found.WhereItIs()));
    }

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string name) => _directory.PathOf(name);

    /// <summary>Reads the container's configuration.</summary>
    /// <exception cref="Linux.LinuxException">As open(2): ENOENT when there is none.</exception>
    /// <exception cref="SpecException">It is not what the specification allows.</exception>
    public Spec ReadSpec()
    {
        using FileDescriptor file = _directory.OpenFile("config.json", FileMode.Read);
        return SpecJson.ReadSpec(file.ReadToEnd(SpecJson.MaxDocumentBytes));
    }

    /// <summary>Keeps the options for <c>delete</c>, which has to do without a server.</summary>
    public void WriteOptions(Options options) => AtomicFile.Replace(_directory, OptionsFile, options.ToByteArray(), Private);

    /// <summary>The options that were kept; the defaults when there are none.</summary>
    public Options ReadOptions()
    {
        using FileDescriptor? file = _directory.TryOpenFile(OptionsFile, FileMode.Read);
        return file is null ? new Options() : Options.Parser.ParseFrom(file.ReadToEnd(1 << 20));
    }

    /// <summary>Writes a small file of text.</summary>
    public void Write(string name, string text) => AtomicFile.Replace(_directory, name, Encoding.UTF8.GetBytes(text), Private);

    /// <summary>Reads a process's number from a file that the runtime has written; null when it has not.</summary>
    public int? TryReadPid(string name) =>
        int.TryParse(_directory.TryReadText(name).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null;

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => _directory.Dispose();
}
