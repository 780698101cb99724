using System.Diagnostics.CodeAnalysis;

namespace Bulkhead.Specs;

/// <summary>A container's id: letters, digits, <c>_</c>, <c>+</c>, <c>-</c> and <c>.</c>, so that it is safe as a file's name.</summary>
/// <remarks>runtime-spec 1.3, runtime.md, "State", leaves the form to the runtime; this is the one in common use.</remarks>
public readonly record struct ContainerId
{
    /// <summary>How many characters an id may have.</summary>
    public const int MaxLength = 1024;

    private readonly string? _text;

    private ContainerId(string text) => _text = text;

    private static ReadOnlySpan<char> Allowed => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";

    /// <summary>Reads an id.</summary>
    /// <exception cref="FormatException">It is empty, too long, <c>.</c> or <c>..</c>, or has a character that is not allowed.</exception>
    public static ContainerId Parse(string text) => Problem(text) is { } problem
        ? throw new FormatException($"container id {Json.DocumentPath.Quote(text)}: {problem}")
        : new ContainerId(text);

    /// <summary>Reads an id; false if it is not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContainerId id)
    {
        bool valid = text is not null && Problem(text) is null;
        id = valid ? new ContainerId(text!) : default;
        return valid;
    }

    /// <summary>The id's text; empty if it was never given a value.</summary>
    public override string ToString() => _text ?? "";

    private static string? Problem(string text) => text switch
    {
        "" => "it is empty",
        "." or ".." => "\".\" and \"..\" are not allowed",
        { Length: > MaxLength } => "it has more than 1024 characters",
        _ when text.AsSpan().IndexOfAnyExcept(Allowed) >= 0 => "only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed",
        _ => null,
    };
}
