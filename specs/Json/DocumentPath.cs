using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bulkhead.Specs.Json;

/// <summary>Finds where in a document a token is; only complaints need it, so that reading keeps no path.</summary>
internal static class DocumentPath
{
    private const int LongestText = 200;

    /// <summary>The path of the token that starts at <paramref name="position"/>, or of the container that it ends.</summary>
    /// <param name="document">A document that is well formed up to and with that token.</param>
    /// <param name="position">Where the token starts, in bytes.</param>
    public static string At(ReadOnlySpan<byte> document, long position)
    {
        List<Step> steps = [];
        Utf8JsonReader json = new(document, new JsonReaderOptions { MaxDepth = JsonObjectReader.MaxDepth });
        while (json.Read())
        {
            Advance(steps, ref json);
            if (json.TokenStartIndex >= position)
            {
                break;
            }

            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                steps.Add(new Step(json.TokenType == JsonTokenType.StartObject ? "" : null, -1));
            }
        }

        return Join(steps);
    }

    /// <summary>The path of a property of the object at <paramref name="path"/>.</summary>
    public static string Join(string path, string name) =>
        !IsPlain(name) ? $"{path}[{Quote(name)}]" : path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Text of the document between quotes: on one line, and not too long.</summary>
    public static string Quote(string text) => $"\"{Clip(text)}\"";

    /// <summary>Text of the document on one line, and not too long.</summary>
    public static string Clip(string text)
    {
        StringBuilder line = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            bool harmful = char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029';
            _ = harmful ? line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : line.Append(c);
        }

        return text.Length > LongestText ? line.Append("...").ToString() : line.ToString();
    }

    // A step without a name is an array and its index; one with a name is an object and its property.
    private static void Advance(List<Step> steps, ref Utf8JsonReader json)
    {
        if (json.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            steps.RemoveAt(steps.Count - 1);
        }
        else if (json.TokenType == JsonTokenType.PropertyName)
        {
            steps[^1] = new Step(NameOf(ref json), -1);
        }
        else if (steps is [.., { Name: null } array])
        {
            steps[^1] = array with { Index = array.Index + 1 };
        }
    }

    private static string Join(List<Step> steps)
    {
        string path = "";
        foreach (Step step in steps)
        {
            path = step.Name is null ? string.Create(CultureInfo.InvariantCulture, $"{path}[{step.Index}]") : Join(path, step.Name);
        }

        return path;
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && name.AsSpan().IndexOfAnyExcept(PlainCharacters) < 0;

    private static string NameOf(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Not valid text: shown as it is written.
            return Encoding.UTF8.GetString(json.ValueSpan);
        }
    }

    private static ReadOnlySpan<char> PlainCharacters => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    private readonly record struct Step(string? Name, int Index);
}
