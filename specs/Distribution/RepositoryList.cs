using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Distribution;

/// <summary>The repositories of a registry, from <c>_catalog</c>.</summary>
/// <remarks>distribution, docs/spec/api.md, "Listing Repositories".</remarks>
public sealed record RepositoryList : IJsonObject<RepositoryList>
{
    /// <summary>The repositories' names.</summary>
    public required string[] Repositories { get; init; }

    static RepositoryList IJsonObject<RepositoryList>.Read(ref JsonObjectReader reader)
    {
        string[]? repositories = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("repositories"u8)) { repositories = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new RepositoryList
        {
            Repositories = repositories ?? throw reader.Missing("repositories"),
        };
    }

    void IJsonObject<RepositoryList>.Write(JsonObjectWriter writer)
    {
        writer.Write("repositories"u8, Repositories);
    }
}
