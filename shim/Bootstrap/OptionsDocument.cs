using System.Globalization;
using Bulkhead.Proto.Containerd.Runc;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>The options of a runtime as they stand in containerd's configuration: TOML, a key and its value a line.</summary>
internal static class OptionsDocument
{
    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">A line is no key with a value, or the key is unknown.</exception>
    public static Options Parse(string document)
    {
        Options options = new();
        foreach (ReadOnlySpan<char> line in document.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> text = line.Trim();
            if (text.IsEmpty || text[0] is '#' or '[')
            {
                continue;
            }

            int equals = text.IndexOf('=');
            if (equals < 0)
            {
                throw new FormatException($"options: \"{text}\" is no key with a value");
            }

            Set(options, text[..equals].Trim().ToString(), WithoutComment(text[(equals + 1)..].Trim()).ToString());
        }

        return options;
    }

    private static void Set(Options options, string key, string value)
    {
        switch (key)
        {
            case "BinaryName": options.BinaryName = Text(key, value); break;
            case "Root": options.Root = Text(key, value); break;
            case "ShimCgroup": options.ShimCgroup = Text(key, value); break;
            case "CriuPath": options.CriuPath = Text(key, value); break;
            case "CriuImagePath": options.CriuImagePath = Text(key, value); break;
            case "CriuWorkPath": options.CriuWorkPath = Text(key, value); break;
            case "NoPivotRoot": options.NoPivotRoot = Switch(key, value); break;
            case "NoNewKeyring": options.NoNewKeyring = Switch(key, value); break;
            case "SystemdCgroup": options.SystemdCgroup = Switch(key, value); break;
            case "IoUid": options.IoUid = Number(key, value); break;
            case "IoGid": options.IoGid = Number(key, value); break;
            default: throw new FormatException($"options: unknown key \"{key}\"");
        }
    }

    /// <summary>A value without the remark behind it; a mark within quotes is none.</summary>
    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> value)
    {
        int end = value is ['"' or '\'', ..] ? value[1..].IndexOf(value[0]) + 2 : 0;
        int mark = end >= 2 || value is not ['"' or '\'', ..] ? value[end..].IndexOf('#') : -1;
        return mark < 0 ? value : value[..(end + mark)].TrimEnd();
    }

    private static string Text(string key, string value) => value switch
    {
        ['"', .. var text, '"'] when !text.AsSpan().ContainsAny('"', '\\') => text,
        ['\'', .. var text, '\''] when !text.Contains('\'', StringComparison.Ordinal) => text,
        _ => throw new FormatException($"options: {key} is no text in quotes: {value}"),
    };

    private static bool Switch(string key, string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw new FormatException($"options: {key} is neither true nor false: {value}"),
    };

    private static uint Number(string key, string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number
            : throw new FormatException($"options: {key} is no number: {value}");
}
