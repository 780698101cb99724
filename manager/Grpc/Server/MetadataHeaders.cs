using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server;

/// <summary>Metadata as headers of HTTP: text as it is, bytes in base64.</summary>
/// <remarks>gRPC, doc/PROTOCOL-HTTP2.md, "Custom-Metadata".</remarks>
internal static class MetadataHeaders
{
    private const string StatusDetails = "grpc-status-details-bin";

    /// <summary>The metadata of a request.</summary>
    /// <exception cref="RpcException">INTERNAL: bytes that are no base64.</exception>
    public static Metadata Read(IHeaderDictionary headers)
    {
        Metadata metadata = [];
        foreach ((string name, StringValues values) in headers)
        {
            // ":authority" and the like are HTTP's own, as are names with letters that metadata does not have.
            if (!Metadata.Entry.IsName(name))
            {
                continue;
            }

            bool binary = name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase);
            foreach (string? value in values)
            {
                if (!binary)
                {
                    metadata.Add(name, value ?? "");
                    continue;
                }

                // Values of one name may arrive joined; a comma is no letter of base64.
                foreach (Range part in value.AsSpan().Split(','))
                {
                    metadata.Add(name, FromBase64(name, value.AsSpan(part).Trim()));
                }
            }
        }

        return metadata;
    }

    /// <summary>Refuses text that HTTP can't carry.</summary>
    /// <exception cref="InvalidOperationException">It has something else than printable ASCII.</exception>
    public static void Check(Metadata metadata)
    {
        foreach (Metadata.Entry entry in metadata)
        {
            if (!entry.IsBinary && entry.Value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw new InvalidOperationException($"metadata \"{entry.Key}\": its text is not printable ASCII; bytes need a name that ends in \"-bin\"");
            }
        }
    }

    /// <summary>Adds metadata to headers or trailers. Names that gRPC keeps for itself are left out.</summary>
    public static void Write(Metadata metadata, IHeaderDictionary headers)
    {
        foreach (Metadata.Entry entry in metadata)
        {
            if (!IsReserved(entry.Key))
            {
                headers.Append(entry.Key, entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value);
            }
        }
    }

    private static bool IsReserved(string name) =>
        name is "content-type" or "te" || (name.StartsWith("grpc-", StringComparison.Ordinal) && name != StatusDetails);

    private static byte[] FromBase64(string name, ReadOnlySpan<char> text)
    {
        // Senders may leave the padding out.
        string padded = text.TrimEnd('=').ToString();
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        byte[] bytes = new byte[padded.Length / 4 * 3];
        return Convert.TryFromBase64String(padded, bytes, out int count) ? bytes[..count]
            : throw Failure.Of(StatusCode.Internal, $"the metadata \"{name}\" is no base64");
    }
}
