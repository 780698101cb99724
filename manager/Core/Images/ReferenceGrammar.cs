using System.Globalization;

namespace Bulkhead.Manager.Core.Images;

/// <summary>The parts of a reference, checked.</summary>
/// <remarks>distribution/reference, the grammar at the head of its documentation; distribution-spec 1.1, "Pulling manifests".</remarks>
internal static class ReferenceGrammar
{
    private const int LongestPath = 255;
    private const int LongestTag = 128;
    private const int LongestShown = 200;

    /// <summary>Whether this is <c>host[:port]</c>, the host a name, an IPv4 address or an IPv6 address in brackets.</summary>
    public static bool IsDomain(ReadOnlySpan<char> text)
    {
        int colon = text.LastIndexOf(':');
        if (colon >= 0 && !text.EndsWith("]"))
        {
            if (!ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return false;
            }

            text = text[..colon];
        }

        return text is ['[', .. var address, ']'] ? IsIPv6(address) : IsHostName(text);
    }

    /// <summary>Whether this is a tag.</summary>
    public static bool IsTag(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestTag || text[0] is '.' or '-')
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is wrong with the path of a repository; null if nothing is.</summary>
    public static string? PathProblem(ReadOnlySpan<char> path)
    {
        if (path.Length > LongestPath)
        {
            return $"the repository's name is longer than {LongestPath} characters";
        }

        foreach (Range part in path.Split('/'))
        {
            if (!IsPathComponent(path[part]))
            {
                return path.ContainsAnyInRange('A', 'Z')
                    ? "the repository's name has a capital letter"
                    : "the repository's name is not made of lower-case letters and digits, with \".\", \"_\", \"__\" or dashes between them";
            }
        }

        return null;
    }

    /// <summary>Whether all characters are lower-case hexadecimal digits.</summary>
    public static bool IsLowerHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Somebody's text on one line, and not too long.</summary>
    public static string Clip(string text)
    {
        string shown = text.Length > LongestShown ? text[..LongestShown] + "..." : text;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c));
    }

    // Runs of letters and digits, and between two of them ".", "_", "__" or any number of dashes.
    private static bool IsPathComponent(ReadOnlySpan<char> text)
    {
        while (true)
        {
            int letters = LengthOfLetters(text);
            if (letters == 0)
            {
                return false;
            }

            text = text[letters..];
            if (text.IsEmpty)
            {
                return true;
            }

            int separator = text[0] is '.' ? 1 : text.StartsWith("__") ? 2 : text[0] is '_' ? 1 : text.IndexOfAnyExcept('-') is >= 0 and var dashes ? dashes : text.Length;
            if (separator == 0)
            {
                return false;
            }

            text = text[separator..];
        }
    }

    private static int LengthOfLetters(ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && (char.IsAsciiLetterLower(text[length]) || char.IsAsciiDigit(text[length])))
        {
            length++;
        }

        return length;
    }

    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[part];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return true;
    }

    // The library would take a scope and dotted digits as well.
    private static bool IsIPv6(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c != ':')
            {
                return false;
            }
        }

        return System.Net.IPAddress.TryParse(text, out _);
    }
}
