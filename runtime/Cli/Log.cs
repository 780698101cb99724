using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Containers;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Cli;

/// <summary>How a log line is written.</summary>
internal enum LogFormat
{
    /// <summary><c>time="…" level=error msg="…"</c>.</summary>
    Text,

    /// <summary>A JSON object with <c>level</c>, <c>msg</c> and <c>time</c>.</summary>
    Json,
}

/// <summary>The log: a file that callers read the last error from, or standard error.</summary>
/// <remarks>
/// With a file, an error is also written as it is to standard error, where podman and conmon look for it. Without one, it is a
/// log line there; a person at a terminal sees the message alone. Nothing is formatted that is not written.
/// </remarks>
internal sealed class Log : IDisposable
{
    // Group and others may read: containerd's shim and podman's service need not be the same user.
    private const UnixFileMode Permissions =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly FileDescriptor? _file;
    private readonly LogFormat _format;

    private Log(FileDescriptor? file, LogFormat format, bool debug)
    {
        _file = file;
        _format = format;
        IsDebug = debug;
    }

    /// <summary>Whether debug lines are written; ask before a message is put together.</summary>
    internal bool IsDebug { get; }

    /// <summary>The log as long as no option has been read.</summary>
    internal static Log ToStandardError() => new(null, LogFormat.Text, debug: false);

    /// <summary>Opens the log that the options ask for.</summary>
    /// <exception cref="LinuxException">As open(2), for the log file.</exception>
    internal static Log Open(CommandLine line) =>
        new(line.LogFile is { } path ? FileDescriptor.Open(path, FileMode.Append(Permissions)) : null, line.LogFormat, line.Debug);

    /// <summary>Says why the command failed: once, at its end.</summary>
    internal void Error(string message)
    {
        using FileDescriptor standardError = ProcessStreams.OpenError();
        if (_file is not null)
        {
            Write(_file, Format(_format, "error", message, DateTime.UtcNow));
            Write(standardError, OnOneLine(message) + "\n");
        }
        else if (_format == LogFormat.Text && Terminal.TryGetSize(standardError) is not null)
        {
            Write(standardError, $"runtime: {OnOneLine(message)}\n");
        }
        else
        {
            Write(standardError, Format(_format, "error", message, DateTime.UtcNow));
        }
    }

    /// <summary>Says that something was not done as asked for.</summary>
    internal void Warning(string message) => Write("warning", message);

    /// <summary>Says what is going on, if <see cref="IsDebug"/>.</summary>
    internal void Debug(string message)
    {
        if (IsDebug)
        {
            Write("debug", message);
        }
    }

    /// <summary>The log as the engine takes it: without --debug it is told of no phase and puts nothing together.</summary>
    internal EngineLog ForEngine() => new() { Debug = IsDebug ? Debug : null, Warning = Warning };

    /// <summary>Refuses to hand descriptors over to a container, from 3 on, that the caller has not opened.</summary>
    /// <remarks>
    /// The number of one that is missing goes to the next file that is opened here, such as this log, and the container would
    /// get that. So this comes first.
    /// </remarks>
    /// <exception cref="UsageException">One of them is not open.</exception>
    internal void RefuseToPreserve(int count)
    {
        for (int number = 3; number < 3 + count; number++)
        {
            if (number == _file?.Number || !DescriptorTable.IsOpen(number))
            {
                throw new UsageException($"--preserve-fds {count}: descriptor {number} is not open");
            }
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>A log line, with its line feed.</summary>
    /// <param name="format">How it is written.</param>
    /// <param name="level"><c>error</c>, <c>warning</c> or <c>debug</c>.</param>
    /// <param name="message">Any text.</param>
    /// <param name="time">The time, UTC.</param>
    internal static string Format(LogFormat format, string level, string message, DateTime time)
    {
        string stamp = Timestamp.Format(time);
        return format == LogFormat.Json
            ? FormatJson(level, message, stamp)
            : $"time=\"{stamp}\" level={level} msg={Quote(message)}\n";
    }

    private static string FormatJson(string level, string message, string stamp)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("level", level);
            writer.WriteString("msg", message);
            writer.WriteString("time", stamp);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>The text in quotes, as Go's %q and logrus have it: nothing in it can end the quotes or the line.</summary>
    private static string Quote(string text)
    {
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append('"');
        foreach (char character in text)
        {
            if (character is '"' or '\\')
            {
                quoted.Append('\\').Append(character);
            }
            else
            {
                AppendVisibly(quoted, character);
            }
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>The text with control characters spelled out, so that it is one line and moves no cursor.</summary>
    private static string OnOneLine(string text)
    {
        StringBuilder line = new(text.Length);
        foreach (char character in text)
        {
            AppendVisibly(line, character);
        }

        return line.ToString();
    }

    private static void AppendVisibly(StringBuilder text, char character)
    {
        _ = character switch
        {
            '\n' => text.Append("\\n"),
            '\r' => text.Append("\\r"),
            '\t' => text.Append("\\t"),
            < ' ' or (>= '\x7f' and < '\xa0') => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
            '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
            _ => text.Append(character),
        };
    }

    private void Write(string level, string message)
    {
        string line = Format(_format, level, message, DateTime.UtcNow);
        if (_file is not null)
        {
            Write(_file, line);
            return;
        }

        using FileDescriptor standardError = ProcessStreams.OpenError();
        Write(standardError, line);
    }

    private static void Write(FileDescriptor file, string text)
    {
        try
        {
            file.Write(text);
        }
        catch (LinuxException)
        {
            // A full disk or a reader that is gone must not hide the error that was to be told: the exit code remains.
        }
    }
}
