using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>An object without properties, the value of a map that is meant as a set.</summary>
/// <remarks>image-spec 1.1, config.md, "Properties", ExposedPorts and Volumes.</remarks>
public sealed record EmptyObject : IJsonObject<EmptyObject>
{
    static EmptyObject IJsonObject<EmptyObject>.Read(ref JsonObjectReader reader)
    {
        reader.StartObject();
        while (reader.NextProperty())
        {
            reader.SkipUnknown();
        }

        return new EmptyObject();
    }

    void IJsonObject<EmptyObject>.Write(JsonObjectWriter writer)
    {
    }
}
