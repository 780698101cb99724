using System.Text;

namespace Bulkhead.Shim.Stdio;

/// <summary>What an address of a process's input or output leads to.</summary>
internal enum StdioKind
{
    /// <summary>Nowhere: <c>/dev/null</c>.</summary>
    None,

    /// <summary>A fifo that a client reads or writes.</summary>
    Fifo,

    /// <summary>A file that output is appended to.</summary>
    File,

    /// <summary>A program that output is given to.</summary>
    Binary,

    /// <summary>A log that the shim itself writes, or a socket that clients attach to.</summary>
    Log,
}

/// <summary>An address of a process's input or output, as a Task request has it.</summary>
/// <param name="Kind">What it leads to.</param>
/// <param name="Text">The whole of it, as it was given.</param>
/// <param name="Path">The absolute path of the fifo, the file or the program; empty for the other kinds.</param>
/// <param name="Arguments">A program's arguments without its name: each key of the query, then its value, in the order given.</param>
/// <remarks>containerd, runtime/v2/README.md, "Logging": <c>PATH</c>, <c>fifo://PATH</c>, <c>file://PATH</c>, <c>binary://PATH?key=value</c>.</remarks>
internal sealed record StdioAddress(StdioKind Kind, string Text, string Path, string[] Arguments)
{
    private const string AfterScheme = "://";

    /// <summary>Reads an address.</summary>
    /// <param name="text">Empty for none.</param>
    /// <exception cref="StdioException">The scheme is unknown, or the rest of it is no absolute path.</exception>
    public static StdioAddress Parse(string text)
    {
        if (text.Length == 0)
        {
            return new StdioAddress(StdioKind.None, text, "", []);
        }

        // A URI without host and path, as Go writes it again.
        if (text is "none:" || text.StartsWith("none:?", StringComparison.Ordinal))
        {
            return new StdioAddress(StdioKind.Log, $"none://{text["none:".Length..]}", "", []);
        }

        int end = text.IndexOf(AfterScheme, StringComparison.Ordinal);
        if (text[0] == '/' || end < 0)
        {
            return new StdioAddress(StdioKind.Fifo, text, Absolute(text, text), []);
        }

        ReadOnlySpan<char> rest = text.AsSpan(end + AfterScheme.Length);
        int mark = rest.IndexOf('?');
        ReadOnlySpan<char> path = mark < 0 ? rest : rest[..mark];
        switch (text[..end])
        {
            case "fifo":
                return new StdioAddress(StdioKind.Fifo, text, Absolute(Decode(path, text, isQuery: false), text), []);
            case "file":
                return new StdioAddress(StdioKind.File, text, Absolute(Decode(path, text, isQuery: false), text), []);
            case "binary":
                return new StdioAddress(StdioKind.Binary, text, Absolute(Decode(path, text, isQuery: false), text), ArgumentsOf(mark < 0 ? "" : rest[(mark + 1)..], text));
            case "json-file" or "cri" or "none" or "attach":
                return new StdioAddress(StdioKind.Log, text, "", []);
            case var scheme:
                throw new StdioException($"\"{text}\": the scheme \"{scheme}\" is unknown");
        }
    }

    private static string Absolute(string path, string text)
    {
        return path is ['/', ..] && !path.Contains('\0') ? path : throw new StdioException($"\"{text}\": it has no absolute path");
    }

    private static string[] ArgumentsOf(ReadOnlySpan<char> query, string text)
    {
        List<string> arguments = [];
        foreach (Range range in query.Split('&'))
        {
            ReadOnlySpan<char> pair = query[range];
            if (!pair.IsEmpty)
            {
                // A key without a value is followed by an empty argument, as containerd has it.
                int equals = pair.IndexOf('=');
                arguments.Add(Decode(equals < 0 ? pair : pair[..equals], text, isQuery: true));
                arguments.Add(equals < 0 ? "" : Decode(pair[(equals + 1)..], text, isQuery: true));
            }
        }

        return [.. arguments];
    }

    /// <summary>Takes the percent encoding of RFC 3986 out of a part.</summary>
    internal static string Decode(ReadOnlySpan<char> part, string text, bool isQuery)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(part.Length)];
        int length = 0;
        for (int i = 0; i < part.Length; i++)
        {
            if (part[i] == '%')
            {
                if (i + 2 >= part.Length || !char.IsAsciiHexDigit(part[i + 1]) || !char.IsAsciiHexDigit(part[i + 2]))
                {
                    throw new StdioException($"\"{text}\": \"%\" is not followed by two hexadecimal digits");
                }

                bytes[length++] = (byte)((HexValue(part[i + 1]) << 4) | HexValue(part[i + 2]));
                i += 2;
            }
            else if (part[i] == '+' && isQuery)
            {
                bytes[length++] = (byte)' ';
            }
            else
            {
                int start = i;
                while (i + 1 < part.Length && part[i + 1] is not ('%' or '+'))
                {
                    i++;
                }

                length += Encoding.UTF8.GetBytes(part[start..(i + 1)], bytes.AsSpan(length));
            }
        }

        string decoded = Encoding.UTF8.GetString(bytes, 0, length);
        return !decoded.Contains('\0') ? decoded : throw new StdioException($"\"{text}\": a zero character");
    }

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
