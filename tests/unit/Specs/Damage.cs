using System.Text.Json.Nodes;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>Does damage to documents.</summary>
internal static class Damage
{
    /// <summary>Any value of the document but the document itself, unless it is empty.</summary>
    public static JsonNode AnyNode(JsonNode document, Random random)
    {
        List<JsonNode> nodes = [];
        Collect(document, nodes);
        return nodes[nodes.Count == 1 ? 0 : random.Next(1, nodes.Count)];
    }

    public static JsonNode? AnyValue(Random random) => random.Next(12) switch
    {
        0 => null,
        1 => JsonValue.Create(true),
        2 => JsonValue.Create(-1),
        3 => JsonValue.Create(1.5),
        4 => JsonValue.Create(ulong.MaxValue),
        5 => JsonNode.Parse("1e400"),
        6 => JsonValue.Create("text"),
        7 => JsonValue.Create("nul\0"),
        8 => new JsonArray(),
        9 => new JsonArray(null, 1, "a"),
        10 => new JsonObject(),
        _ => new JsonObject { ["unknown"] = 1, ["a\nb"] = "c" },
    };

    public static void Remove(JsonNode node)
    {
        if (node.Parent is JsonObject parent)
        {
            parent.Remove(node.GetPropertyName());
        }
        else if (node.Parent is JsonArray array)
        {
            array.Remove(node);
        }
    }

    /// <summary>The document's text with a property of one of its objects written a second time, last.</summary>
    public static string WithTwice(JsonNode document, JsonObject parent, string name)
    {
        const string mark = "the second one";
        JsonNode value = parent[name]!.DeepClone();
        parent.Add(mark, value);
        return document.ToJsonString().Replace($"\"{mark}\"", JsonValue.Create(name).ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Whether the value is inside a section of another platform, which is not read.</summary>
    public static bool IsOfOtherPlatform(JsonNode node)
    {
        string path = node.GetPath();
        return new[] { "solaris", "windows", "vm", "zos", "freebsd" }.Any(section => path.StartsWith($"$.{section}.", StringComparison.Ordinal));
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject parent => parent.Select(property => property.Value),
            JsonArray array => array,
            _ => [],
        };
        foreach (JsonNode? child in children)
        {
            Collect(child, nodes);
        }
    }
}
