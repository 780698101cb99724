using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Specs;

/// <summary>Reads and writes documents.</summary>
/// <remarks>
/// Every reading method takes a whole document in UTF-8, with or without a byte order mark, and throws
/// <see cref="SpecException"/>, and nothing else, if the document is not what its specification allows: broken JSON, a
/// name that appears twice, a required property that is missing, a value of another type, out of range or unknown,
/// a string with a NUL, more than 16 MiB, more than 64 levels. Properties that are not known are passed over; null
/// stands for an absent property.
/// </remarks>
public static class SpecJson
{
    /// <summary>The size in bytes up to which a document is read.</summary>
    public const int MaxDocumentBytes = 16 * 1024 * 1024;

    /// <summary>Reads a container's configuration, <c>config.json</c>.</summary>
    public static Spec ReadSpec(ReadOnlySpan<byte> utf8) => Read<Spec>(utf8);

    /// <summary>Reads a process, the document that <c>exec --process</c> takes.</summary>
    public static Process ReadProcess(ReadOnlySpan<byte> utf8) => Read<Process>(utf8);

    /// <summary>Reads a cgroup's limits, the document that <c>update --resources</c> takes.</summary>
    public static LinuxResources ReadResources(ReadOnlySpan<byte> utf8) => Read<LinuxResources>(utf8);

    /// <summary>Reads a system call filter.</summary>
    public static LinuxSeccomp ReadSeccomp(ReadOnlySpan<byte> utf8) => Read<LinuxSeccomp>(utf8);

    /// <summary>Reads a document.</summary>
    /// <typeparam name="T">What it holds.</typeparam>
    /// <exception cref="SpecException">The document is not what its specification allows.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8) where T : class, IJsonObject<T>
    {
        if (utf8.Length > MaxDocumentBytes)
        {
            throw new SpecException("", "the document is larger than 16 MiB");
        }

        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        JsonObjectReader reader = new(utf8.StartsWith(byteOrderMark) ? utf8[byteOrderMark.Length..] : utf8);
        try
        {
            reader.StartDocument();
            T document = T.Read(ref reader);
            reader.EndDocument();
            return document;
        }
        catch (JsonException error)
        {
            throw new SpecException("", DescribeBroken(error));
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to bytes that are not UTF-8 and to half a surrogate pair.
            throw reader.Refuse("not valid Unicode text");
        }
    }

    /// <summary>Writes a document; what is null is left out.</summary>
    /// <param name="document">The document.</param>
    /// <param name="indented">Whether it is meant for human eyes.</param>
    public static byte[] Write<T>(T document, bool indented = false) where T : class, IJsonObject<T>
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        Write(buffer, document, indented);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a document to <paramref name="output"/>; what is null is left out.</summary>
    /// <param name="output">What takes the bytes.</param>
    /// <param name="document">The document.</param>
    /// <param name="indented">Whether it is meant for human eyes.</param>
    public static void Write<T>(IBufferWriter<byte> output, T document, bool indented = false) where T : class, IJsonObject<T>
    {
        // Relaxed: the output is no HTML, and "+" or "<" read better as themselves.
        JsonWriterOptions options = new() { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(output, options);
        new JsonObjectWriter(json).WriteValue(document);
    }

    // The library's message ends with the position, counted from zero.
    private static string DescribeBroken(JsonException error)
    {
        int end = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string cause = end < 0 ? error.Message : error.Message[..end];
        return $"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}: {DocumentPath.Clip(cause).TrimEnd('.')}";
    }
}
