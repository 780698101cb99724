using System.Reflection;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>No property of any type is forgotten in reading or in writing.</summary>
public sealed class EveryPropertyTests
{
    [TestCaseSource(typeof(Documents), nameof(Documents.Types))]
    public void Every_property_is_written(Type type)
    {
        object document = new Documents(new Random(1), chance: 1).Create(type);

        JsonObject written = JsonNode.Parse(Documents.Write(document))!.AsObject();

        int properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Count(property => property.CanWrite);
        Assert.That(written, Has.Count.EqualTo(properties), written.ToJsonString());
    }

    [TestCaseSource(typeof(Documents), nameof(Documents.Types))]
    public void Every_property_is_read(Type type)
    {
        byte[] written = Documents.Write(new Documents(new Random(1), chance: 1).Create(type));

        byte[] again = Documents.Write(Documents.Read(type, written));

        Assert.That(System.Text.Encoding.UTF8.GetString(again), Is.EqualTo(System.Text.Encoding.UTF8.GetString(written)));
    }

    [TestCaseSource(typeof(Documents), nameof(Documents.Types))]
    public void What_is_null_is_left_out_and_null_is_read_as_absent(Type type)
    {
        object document = new Documents(new Random(1), chance: 0).Create(type);
        JsonObject written = JsonNode.Parse(Documents.Write(document))!.AsObject();
        JsonObject nulls = JsonNode.Parse(Documents.Write(new Documents(new Random(1), chance: 1).Create(type)))!.AsObject();
        foreach ((string name, _) in nulls.ToArray())
        {
            nulls[name] = written[name]?.DeepClone();
        }

        byte[] read = Documents.Write(Documents.Read(type, System.Text.Encoding.UTF8.GetBytes(nulls.ToJsonString())));

        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(read), written), Is.True, nulls.ToJsonString());
        Assert.That(written.Select(property => property.Value), Has.None.Null);
    }
}
