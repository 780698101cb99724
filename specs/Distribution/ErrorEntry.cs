using System.Text.Json;
using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Distribution;

/// <summary>One thing that went wrong in a registry.</summary>
/// <remarks>distribution-spec 1.1, spec.md, "Error Codes".</remarks>
public sealed record ErrorEntry : IJsonObject<ErrorEntry>
{
    /// <summary>What went wrong: one of <see cref="ErrorCodes"/>, or a word of the registry's own.</summary>
    public required string Code { get; init; }

    /// <summary>The same for people.</summary>
    public string? Message { get; init; }

    /// <summary>More of any kind.</summary>
    public JsonElement? Detail { get; init; }

    static ErrorEntry IJsonObject<ErrorEntry>.Read(ref JsonObjectReader reader)
    {
        string? code = null;
        string? message = null;
        JsonElement? detail = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("code"u8)) { code = reader.ReadString(); }
            else if (reader.Is("message"u8)) { message = reader.ReadString(); }
            else if (reader.Is("detail"u8)) { detail = reader.ReadElement(); }
            else { reader.SkipUnknown(); }
        }

        return new ErrorEntry
        {
            Code = code ?? throw reader.Missing("code"),
            Message = message,
            Detail = detail,
        };
    }

    void IJsonObject<ErrorEntry>.Write(JsonObjectWriter writer)
    {
        writer.Write("code"u8, Code);
        writer.Write("message"u8, Message);
        writer.Write("detail"u8, Detail);
    }
}
