using System.Diagnostics.CodeAnalysis;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;

namespace Bulkhead.Manager.Core.Images;

/// <summary>An image's name: <c>[host[:port]/][namespace/]name[:tag][@digest]</c>, with what was left out filled in.</summary>
/// <remarks>
/// The grammar and the defaults are those of the distribution project's references, as Docker's users know them; a digest's
/// algorithm is sha256 or sha512.
/// </remarks>
public sealed record ImageReference
{
    /// <summary>The tag of a reference that has neither tag nor digest.</summary>
    public const string DefaultTag = "latest";

    private ImageReference(string domain, string path, string? tag, Digest? digest)
    {
        Domain = domain;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The registry: a host's name or address, with a port if one was given.</summary>
    public string Domain { get; }

    /// <summary>The repository in the registry, such as <c>library/busybox</c>; at most 255 characters.</summary>
    public string Path { get; }

    /// <summary>The tag, if one was given.</summary>
    public string? Tag { get; }

    /// <summary>The digest of the manifest or index, if one was given. It decides; a tag beside it is for people.</summary>
    public Digest? Digest { get; }

    /// <summary>The repository with its registry: <c>registry.test:5000/team/app</c>.</summary>
    public string Repository => $"{Domain}/{Path}";

    /// <summary>The reference as people write it: without the default registry and its default namespace.</summary>
    public string Familiar
    {
        get
        {
            if (Domain != DockerHub.Domain)
            {
                return ToString();
            }

            string withoutDomain = Path + Suffix;
            string shortest = Path.StartsWith(DockerHub.OfficialNamespace, StringComparison.Ordinal) ? withoutDomain[DockerHub.OfficialNamespace.Length..] : withoutDomain;

            // Cut short, "localhost/b" would be read as a host's and "library/a/b" as the repository "a/b".
            return Means(shortest) ? shortest : Means(withoutDomain) ? withoutDomain : ToString();
        }
    }

    private string Suffix => $"{(Tag is null ? "" : $":{Tag}")}{(Digest is null ? "" : $"@{Digest}")}";

    /// <summary>Reads a reference.</summary>
    /// <exception cref="CoreException">Invalid, and why.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out ImageReference? reference, out string? problem) ? reference : throw new CoreException(ErrorKind.Invalid, problem);

    /// <summary>Reads a reference; false, and why, if it is not one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference, [NotNullWhen(false)] out string? problem)
    {
        reference = null;
        problem = Read(text ?? "", out string domain, out string path, out string? tag, out Digest? digest);
        if (problem is not null)
        {
            problem = $"image reference \"{ReferenceGrammar.Clip(text ?? "")}\": {problem}";
            return false;
        }

        reference = new ImageReference(domain, path, tag, digest);
        return true;
    }

    /// <summary>The reference with the tag <c>latest</c> if it has neither tag nor digest.</summary>
    public ImageReference WithDefaultTag() => Tag is null && Digest is null ? new ImageReference(Domain, Path, DefaultTag, null) : this;

    /// <summary>The reference to this very manifest or index of the repository, whatever the tag leads to later.</summary>
    public ImageReference WithDigest(Digest digest) => new(Domain, Path, Tag, digest);

    /// <summary>The reference in full, which is read as the same reference again.</summary>
    public override string ToString() => Repository + Suffix;

    private bool Means(string text) => TryParse(text, out ImageReference? other, out _) && other == this;

    private static string? Read(string text, out string domain, out string path, out string? tag, out Digest? digest)
    {
        (domain, path, tag, digest) = ("", "", null, null);
        if (text.Length == 0)
        {
            return "empty";
        }

        if (text.Length == 64 && ReferenceGrammar.IsLowerHex(text))
        {
            return "64 hexadecimal digits are an image's id and not a name";
        }

        string rest = text;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            if (!Specs.Digest.TryParse(rest[(at + 1)..], out Digest parsed))
            {
                return "what follows \"@\" is not a digest of sha256 or sha512";
            }

            digest = parsed;
            rest = rest[..at];
        }

        // A colon before the last slash is a port's.
        if (rest.LastIndexOf(':') is var colon && colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            rest = rest[..colon];
            if (!ReferenceGrammar.IsTag(tag))
            {
                return "a tag has 1 to 128 letters, digits, \"_\", \".\" and \"-\", and begins with neither of the last two";
            }
        }

        (domain, path) = SplitDomain(rest);
        return !ReferenceGrammar.IsDomain(domain) ? $"\"{ReferenceGrammar.Clip(domain)}\" is not a registry's host and port"
            : ReferenceGrammar.PathProblem(path);
    }

    // The first part is a host if it cannot be a namespace: it has a dot, a port or a capital letter, or is "localhost".
    private static (string Domain, string Path) SplitDomain(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool isDomain = first == "localhost" || first.AsSpan().ContainsAny('.', ':') || first.Any(char.IsAsciiLetterUpper);
        string domain = isDomain ? first : DockerHub.Domain;
        string path = isDomain ? name[(slash + 1)..] : name;

        domain = domain == DockerHub.LegacyDomain ? DockerHub.Domain : domain;
        return domain == DockerHub.Domain && !path.Contains('/', StringComparison.Ordinal) && path.Length > 0
            ? (domain, DockerHub.OfficialNamespace + path)
            : (domain, path);
    }
}
