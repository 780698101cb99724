namespace Bulkhead.Specs;

/// <summary>A document that is not what its specification allows; the message says in one line where and why.</summary>
public sealed class SpecException : Exception
{
    /// <summary>Refuses a value of a document.</summary>
    /// <param name="path">The value's path, such as <c>linux.namespaces[2].type</c>; empty for the document itself.</param>
    /// <param name="cause">What is wrong with it, such as <c>unknown value "foo"</c>.</param>
    public SpecException(string path, string cause)
        : base(path.Length == 0 ? cause : $"{path}: {cause}") => Path = path;

    /// <summary>The value's path in the document; empty where the document as a whole is wrong.</summary>
    public string Path { get; }
}
