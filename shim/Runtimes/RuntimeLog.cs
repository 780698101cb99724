using System.Text.Json;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Runtimes;

/// <summary>The file that a runtime writes what it has to say to: a JSON object a line.</summary>
internal static class RuntimeLog
{
    /// <summary>Its name in the bundle.</summary>
    public const string Name = "log.json";

    private const int MostBytes = 1 << 20;

    /// <summary>The text of the last error; null when there is none.</summary>
    public static string? LastError(string path)
    {
        try
        {
            using FileDescriptor? file = FileDescriptor.TryOpen(path, FileMode.Read);
            return file is null ? null : LastErrorIn(file.ReadToEnd(MostBytes));
        }
        catch (LinuxException)
        {
            // It explains a failure: what can't be read explains nothing.
            return null;
        }
    }

    internal static string? LastErrorIn(ReadOnlySpan<byte> log)
    {
        string? last = null;
        foreach (Range range in log.Split((byte)'\n'))
        {
            last = ErrorOf(log[range]) ?? last;
        }

        return last;
    }

    private static string? ErrorOf(ReadOnlySpan<byte> line)
    {
        string? level = null;
        string? message = null;
        try
        {
            Utf8JsonReader reader = new(line);
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                {
                    bool isLevel = reader.ValueTextEquals("level"u8);
                    bool isMessage = reader.ValueTextEquals("msg"u8);
                    reader.Read();
                    level = isLevel ? reader.GetString() : level;
                    message = isMessage ? reader.GetString() : message;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A line that another has written into, or that was cut off.
        }

        return level is "error" or "fatal" or "panic" ? message : null;
    }
}
