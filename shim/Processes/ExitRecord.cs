using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Processes;

/// <summary>How a process of a container ended, as it is kept in the bundle: on the disk before anybody is told.</summary>
/// <param name="Pid">The number that the process had.</param>
/// <param name="ExitStatus">0 to 255; 128 + N for the end by signal N.</param>
/// <param name="ExitedAt">When the shim learned of it.</param>
/// <param name="IsOutOfMemory">Whether the kernel had ended a process of the container for want of memory.</param>
internal sealed record ExitRecord(int Pid, int ExitStatus, DateTimeOffset ExitedAt, bool IsOutOfMemory)
{
    private const int MostBytes = 1 << 16;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The file's name: that of the init process, or of an exec.</summary>
    public static string NameOf(string execId) => execId.Length == 0 ? "exit.json" : $"exit.{execId}.json";

    /// <summary>Writes the record, and waits for the disk.</summary>
    /// <exception cref="LinuxException">As <see cref="AtomicFile.Replace"/>.</exception>
    public void Write(DirectoryHandle bundle, string execId)
    {
        ArrayBufferWriter<byte> content = new(256);
        using (Utf8JsonWriter json = new(content))
        {
            json.WriteStartObject();
            json.WriteNumber("pid"u8, Pid);
            json.WriteNumber("exitStatus"u8, ExitStatus);
            json.WriteString("exitedAt"u8, ExitedAt.ToString("O", CultureInfo.InvariantCulture));
            json.WriteBoolean("oomKilled"u8, IsOutOfMemory);
            json.WriteEndObject();
        }

        AtomicFile.Replace(bundle, NameOf(execId), content.WrittenSpan, Private, isDurable: true);
    }

    /// <summary>Reads a record; null when there is none, or none that can be read.</summary>
    /// <exception cref="LinuxException">As open(2) and read(2), ENOENT excepted.</exception>
    public static ExitRecord? TryRead(DirectoryHandle bundle, string execId)
    {
        using FileDescriptor? file = bundle.TryOpenFile(NameOf(execId), FileMode.Read);
        return file is null ? null : TryParse(file.ReadToEnd(MostBytes));
    }

    private static ExitRecord? TryParse(byte[] content)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            JsonElement record = document.RootElement;
            return new ExitRecord(
                record.GetProperty("pid"u8).GetInt32(),
                record.GetProperty("exitStatus"u8).GetInt32(),
                record.GetProperty("exitedAt"u8).GetDateTimeOffset(),
                record.GetProperty("oomKilled"u8).GetBoolean());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
