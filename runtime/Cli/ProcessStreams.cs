using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Cli;

/// <summary>The process's own standard streams, without the start-up cost of <c>Console</c>.</summary>
internal static class ProcessStreams
{
    /// <summary>Standard input.</summary>
    internal static FileDescriptor OpenInput() => new(0, "standard input", owned: false);

    /// <summary>Standard output.</summary>
    internal static FileDescriptor OpenOutput() => new(1, "standard output", owned: false);

    /// <summary>Standard error.</summary>
    internal static FileDescriptor OpenError() => new(2, "standard error", owned: false);

    /// <summary>Writes a text to standard output.</summary>
    internal static void Print(string text)
    {
        using FileDescriptor output = OpenOutput();
        output.Write(text);
    }

    /// <summary>Writes bytes to standard output.</summary>
    internal static void Print(ReadOnlySpan<byte> bytes)
    {
        using FileDescriptor output = OpenOutput();
        output.Write(bytes);
    }
}
