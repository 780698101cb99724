using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>What <c>state</c> and <c>list</c> show of a container; the names in JSON are runc's.</summary>
internal sealed record Listing
{
    internal required string OciVersion { get; init; }

    internal required string Id { get; init; }

    /// <summary>The init process; 0 when it has ended.</summary>
    internal required int Pid { get; init; }

    internal required string Status { get; init; }

    internal required string Bundle { get; init; }

    internal required string Rootfs { get; init; }

    internal required DateTimeOffset Created { get; init; }

    internal IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The name of who made it.</summary>
    internal required string Owner { get; init; }

    internal static Listing Of(Container container, string owner)
    {
        State state = container.ToState();
        return new Listing
        {
            OciVersion = state.OciVersion,
            Id = state.Id,
            Pid = state.Pid ?? 0,
            Status = state.Status,
            Bundle = state.Bundle,
            Rootfs = container.Rootfs,
            Created = container.Created,
            Annotations = state.Annotations,
            Owner = owner,
        };
    }

    /// <summary>The object, two spaces a level, without a line feed at its end.</summary>
    internal string ToIndentedJson() => ToJson(indented: true, Write);

    /// <summary>The objects in an array on one line; null stands for none, as in runc.</summary>
    internal static string ToJson(IReadOnlyList<Listing> listings) => listings.Count == 0 ? "null" : ToJson(indented: false, writer =>
    {
        writer.WriteStartArray();
        foreach (Listing listing in listings)
        {
            listing.Write(writer);
        }

        writer.WriteEndArray();
    });

    private static string ToJson(bool indented, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("ociVersion"u8, OciVersion);
        writer.WriteString("id"u8, Id);
        writer.WriteNumber("pid"u8, Pid);
        writer.WriteString("status"u8, Status);
        writer.WriteString("bundle"u8, Bundle);
        writer.WriteString("rootfs"u8, Rootfs);
        writer.WriteString("created"u8, Timestamp.Format(Created.UtcDateTime));
        if (Annotations is { Count: > 0 })
        {
            writer.WriteStartObject("annotations"u8);
            foreach ((string name, string value) in Annotations)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteString("owner"u8, Owner);
        writer.WriteEndObject();
    }
}
