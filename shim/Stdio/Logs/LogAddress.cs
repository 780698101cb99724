using System.Globalization;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>How a log's lines are written.</summary>
internal enum LogKind
{
    /// <summary>No log is kept.</summary>
    None,

    /// <summary>As Docker's json-file driver writes them.</summary>
    JsonFile,

    /// <summary>As the kubelet reads them.</summary>
    Cri,
}

/// <summary>Which log a process's output is kept in, and the socket that clients attach to: what a URI of docs/logging.md says.</summary>
/// <param name="Kind">How the lines are written.</param>
/// <param name="Path">The absolute path of the log; empty when none is kept.</param>
/// <param name="MaxSize">The size in bytes from which on the log is rotated; 0 is never.</param>
/// <param name="MaxFiles">How many files are kept, the one that is written among them; 1 or more.</param>
/// <param name="Attach">The absolute path of the attach socket; null for none.</param>
internal sealed record LogAddress(LogKind Kind, string Path, long MaxSize, int MaxFiles, string? Attach)
{
    /// <summary>As many files as are kept at most.</summary>
    public const int MostFiles = 1000;

    private const string InputScheme = "attach://";

    /// <summary>Reads the address of an output.</summary>
    /// <returns>Null when its scheme is none of a log's.</returns>
    /// <exception cref="StdioException">A key is unknown, twice there or wrong, or the path is not absolute.</exception>
    public static LogAddress? TryParse(string text)
    {
        int end = text.IndexOf("://", StringComparison.Ordinal);
        if (end < 0 || KindOf(text.AsSpan(0, end)) is not { } kind)
        {
            return null;
        }

        ReadOnlySpan<char> rest = text.AsSpan(end + 3);
        int mark = rest.IndexOf('?');
        string path = StdioAddress.Decode(mark < 0 ? rest : rest[..mark], text, isQuery: false);
        if (kind is LogKind.None && path.Length > 0)
        {
            throw new StdioException($"\"{text}\": without a log there is no path");
        }

        LogAddress address = new(kind, kind is LogKind.None ? "" : Absolute(path, text), 0, 1, null);
        return mark < 0 ? address : address.With(rest[(mark + 1)..], text);
    }

    /// <summary>Reads the address of an input, <c>attach://PATH</c>.</summary>
    /// <returns>The path of the attach socket; null for any other scheme.</returns>
    /// <exception cref="StdioException">The path is not absolute.</exception>
    public static string? TryParseInput(string text)
    {
        return text.StartsWith(InputScheme, StringComparison.Ordinal)
            ? Absolute(StdioAddress.Decode(text.AsSpan(InputScheme.Length), text, isQuery: false), text)
            : null;
    }

    private static LogKind? KindOf(ReadOnlySpan<char> scheme) => scheme switch
    {
        "json-file" => LogKind.JsonFile,
        "cri" => LogKind.Cri,
        "none" => LogKind.None,
        _ => null,
    };

    private LogAddress With(ReadOnlySpan<char> query, string text)
    {
        (long? size, long? files, string? attach) = (null, null, null);
        foreach (Range range in query.Split('&'))
        {
            ReadOnlySpan<char> pair = query[range];
            int equals = pair.IndexOf('=');
            string key = StdioAddress.Decode(equals < 0 ? pair : pair[..equals], text, isQuery: true);
            string value = equals < 0 ? "" : StdioAddress.Decode(pair[(equals + 1)..], text, isQuery: true);
            switch (key)
            {
                case "max-size" when Kind is not LogKind.None:
                    size = size is null ? Number(key, value, long.MaxValue, text) : throw Twice(key, text);
                    break;
                case "max-file" when Kind is not LogKind.None:
                    files = files is null ? Number(key, value, MostFiles, text) : throw Twice(key, text);
                    break;
                case "attach":
                    attach = attach is null ? Absolute(value, text) : throw Twice(key, text);
                    break;
                default:
                    throw new StdioException($"\"{text}\": the key \"{key}\" is unknown");
            }
        }

        return this with { MaxSize = size ?? 0, MaxFiles = (int)(files ?? 1), Attach = attach };
    }

    private static long Number(string key, string value, long most, string text)
    {
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= 1 && number <= most
            ? number
            : throw new StdioException($"\"{text}\": {key} is \"{value}\", not a whole number from 1 to {most}");
    }

    private static string Absolute(string path, string text)
    {
        return path is ['/', .., not '/'] && !path.Contains('\0') ? path : throw new StdioException($"\"{text}\": \"{path}\" is no absolute path of a file");
    }

    private static StdioException Twice(string key, string text) => new($"\"{text}\": the key \"{key}\" is there twice");
}
