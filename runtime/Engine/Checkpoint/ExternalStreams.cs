using System.Globalization;
using System.Text;
using System.Text.Json;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>The standard streams of a container that lead outside, in CRIU's words for them.</summary>
/// <remarks>
/// A pipe is <c>pipe:[INODE]</c>, and a file of the host's <c>file[MOUNT:INODE]</c>, both numbers in hexadecimal: criu(8),
/// <c>--external</c> and <c>--inherit-fd</c>. They are kept beside the images, where runc keeps them, in its form.
/// </remarks>
internal static class ExternalStreams
{
    private const string Document = "descriptors.json";
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostBytes = 1 << 20;

    /// <summary>What the streams of the calling process, which a container gets as they are, lead to.</summary>
    internal static string[] OfCaller()
    {
        string[] targets = new string[3];
        for (int stream = 0; stream < targets.Length; stream++)
        {
            targets[stream] = SymbolicLink.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{stream}"));
        }

        return targets;
    }

    /// <summary>Finds those of a container.</summary>
    /// <param name="atCreation">What the streams led to when the container was made: its process may have others by now, and have given these away.</param>
    /// <param name="pid">Its init process.</param>
    /// <param name="proc">The host's procfs.</param>
    internal static string[] Find(string[] atCreation, int pid, ProcFile proc)
    {
        string[] found = [.. atCreation];
        HashSet<string> mounts = MountsOf(pid, proc);
        for (int stream = 0; stream < found.Length; stream++)
        {
            if (!found[stream].StartsWith("pipe:", StringComparison.Ordinal))
            {
                found[stream] = FileOutside(pid, stream, mounts, proc) ?? found[stream];
            }
        }

        return found;
    }

    /// <summary>Keeps them beside the images.</summary>
    internal static void Save(string[] streams, DirectoryHandle images)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartArray();
            foreach (string stream in streams)
            {
                writer.WriteStringValue(stream);
            }

            writer.WriteEndArray();
        }

        AtomicFile.Replace(images, Document, text.ToArray(), PrivateFile);
    }

    /// <summary>Reads what a checkpoint has kept; none is there of a checkpoint that another tool has made.</summary>
    /// <exception cref="JsonException">The file is damaged.</exception>
    internal static List<string> Load(DirectoryHandle images)
    {
        List<string> streams = [];
        using FileDescriptor? file = images.TryOpenFile(Document, FileMode.Read);
        if (file is null)
        {
            return streams;
        }

        Utf8JsonReader reader = new(file.ReadToEnd(MostBytes));
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                streams.Add(reader.GetString()!);
            }
        }

        return streams;
    }

    /// <summary>A stream that is a file by a mount that the container does not have.</summary>
    private static string? FileOutside(int pid, int stream, HashSet<string> mounts, ProcFile proc)
    {
        try
        {
            using FileDescriptor file = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd/{stream}"), FileMode.PathOnly);
            string mount = Field(Read(proc, string.Create(CultureInfo.InvariantCulture, $"{pid}/fdinfo/{stream}")), "mnt_id:");
            FileStatus status = file.Status();
            return status.Kind is FileKind.Regular or FileKind.CharacterDevice && mount.Length != 0 && !mounts.Contains(mount)
                ? string.Create(CultureInfo.InvariantCulture, $"file[{long.Parse(mount, CultureInfo.InvariantCulture):x}:{status.Inode:x}]")
                : null;
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            // Closed.
            return null;
        }
    }

    private static HashSet<string> MountsOf(int pid, ProcFile proc)
    {
        HashSet<string> ids = [];
        foreach (string line in Read(proc, string.Create(CultureInfo.InvariantCulture, $"{pid}/mountinfo")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            ids.Add(line[..Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal))]);
        }

        return ids;
    }

    private static string Field(string text, string name)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return line[name.Length..].Trim();
            }
        }

        return "";
    }

    private static string Read(ProcFile proc, string path)
    {
        using FileDescriptor file = proc.Open(path, FileMode.Read);
        return Encoding.UTF8.GetString(file.ReadToEnd(64 << 20));
    }
}
