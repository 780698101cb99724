using System.Diagnostics.CodeAnalysis;

namespace Bulkhead.Specs;

/// <summary>The digest of a blob: an algorithm, sha256 or sha512, and a hash in lower-case hexadecimal digits.</summary>
/// <remarks>image-spec 1.1, descriptor.md, "Digests".</remarks>
public readonly record struct Digest
{
    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>The algorithm's name: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..Text.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The hash: 64 or 128 lower-case hexadecimal digits. It is safe as a file's name.</summary>
    public string Encoded => Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    private string Text => _text ?? throw new InvalidOperationException("a digest that was never given a value");

    /// <summary>Reads a digest.</summary>
    /// <exception cref="FormatException">It has another algorithm, or its hash is not what the algorithm gives.</exception>
    public static Digest Parse(string text) => TryParse(text, out Digest digest, out string? problem)
        ? digest
        : throw new FormatException(problem);

    /// <summary>Reads a digest; false if it is not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest) => TryParse(text, out digest, out _);

    /// <summary>The digest with this hash, the bytes of a SHA-256.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> hash) => hash.Length == 32
        ? new Digest($"sha256:{Convert.ToHexStringLower(hash)}")
        : throw new ArgumentException("a SHA-256 has 32 bytes", nameof(hash));

    /// <summary>The digest with this hash, the bytes of a SHA-512.</summary>
    public static Digest Sha512(ReadOnlySpan<byte> hash) => hash.Length == 64
        ? new Digest($"sha512:{Convert.ToHexStringLower(hash)}")
        : throw new ArgumentException("a SHA-512 has 64 bytes", nameof(hash));

    /// <summary>The digest as documents spell it: <c>sha256:9f86…</c>; empty if it was never given a value.</summary>
    public override string ToString() => _text ?? "";

    internal static bool TryParse([NotNullWhen(true)] string? text, out Digest digest, [NotNullWhen(false)] out string? problem)
    {
        digest = default;
        problem = Problem(text);
        if (problem is not null)
        {
            problem = $"digest {Json.DocumentPath.Quote(text ?? "")}: {problem}";
            return false;
        }

        digest = new Digest(text!);
        return true;
    }

    private static string? Problem(string? text)
    {
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0)
        {
            return "not of the form algorithm:hash";
        }

        int length = text.AsSpan(0, colon) switch { "sha256" => 64, "sha512" => 128, _ => 0 };
        if (length == 0)
        {
            return "the algorithm is neither sha256 nor sha512";
        }

        ReadOnlySpan<char> hash = text.AsSpan(colon + 1);
        return hash.Length == length && IsLowerHex(hash) ? null : $"the hash is not {length} lower-case hexadecimal digits";
    }

    private static bool IsLowerHex(ReadOnlySpan<char> hash)
    {
        foreach (char c in hash)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }
}
