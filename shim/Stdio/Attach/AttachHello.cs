namespace Bulkhead.Shim.Stdio.Attach;

/// <summary>What a client wants.</summary>
/// <param name="Stdin">To type.</param>
/// <param name="Stdout">To see standard output.</param>
/// <param name="Stderr">To see standard error.</param>
/// <param name="FromStart">To see what the log has kept first.</param>
internal readonly record struct AttachHello(bool Stdin, bool Stdout, bool Stderr, bool FromStart)
{
    /// <summary>How long the frame's content is: version, streams, beginning.</summary>
    public const int Length = 3;

    private const byte Version = 1;

    /// <summary>Reads the content of the frame.</summary>
    /// <returns>Why it is none; null when it is one.</returns>
    public static string? Read(ReadOnlySpan<byte> content, out AttachHello hello)
    {
        hello = default;
        if (content[0] != Version)
        {
            return $"version {content[0]} of the protocol is unknown";
        }

        if (content[1] is 0 or > 7)
        {
            return $"{content[1]} stands for no streams";
        }

        if (content[2] > 1)
        {
            return $"{content[2]} stands for no beginning";
        }

        hello = new AttachHello((content[1] & 1) != 0, (content[1] & 2) != 0, (content[1] & 4) != 0, content[2] == 1);
        return null;
    }

    /// <summary>Whether it wants an output.</summary>
    public bool Wants(OutputStream stream) => stream is OutputStream.Stdout ? Stdout : Stderr;
}
