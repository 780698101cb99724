using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Distribution;

/// <summary>What a registry answers to a request that fails.</summary>
/// <remarks>distribution-spec 1.1, spec.md, "Error Codes".</remarks>
public sealed record ErrorResponse : IJsonObject<ErrorResponse>
{
    /// <summary>What went wrong.</summary>
    public required ErrorEntry[] Errors { get; init; }

    static ErrorResponse IJsonObject<ErrorResponse>.Read(ref JsonObjectReader reader)
    {
        ErrorEntry[]? errors = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("errors"u8)) { errors = reader.ReadArray<ErrorEntry>(); }
            else { reader.SkipUnknown(); }
        }

        return new ErrorResponse
        {
            Errors = errors ?? throw reader.Missing("errors"),
        };
    }

    void IJsonObject<ErrorResponse>.Write(JsonObjectWriter writer)
    {
        writer.WriteArray("errors"u8, Errors);
    }
}
