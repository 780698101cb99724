using System.Text;
using System.Text.Json.Nodes;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Specs.Runtime;
using Bulkhead.Tests.Unit.Fuzz;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>Any document comes back as it was; any damaged one is read or refused in one line, never more.</summary>
public sealed class GeneratedDocumentTests
{
    private static readonly Type[] Roots =
    [
        typeof(Spec), typeof(Process), typeof(LinuxResources), typeof(LinuxSeccomp), typeof(State), typeof(Features),
        typeof(ContainerProcessState), typeof(Manifest), typeof(Bulkhead.Specs.Image.Index), typeof(ImageDocument),
    ];

    [Test]
    public void Any_document_comes_back_as_it_was() => AnySeed.Holds(random =>
    {
        Type type = Roots[random.Next(Roots.Length)];
        byte[] written = Documents.Write(new Documents(random, chance: 0.6).Create(type));

        byte[] again = Documents.Write(Documents.Read(type, written));

        return JsonNode.DeepEquals(JsonNode.Parse(again), JsonNode.Parse(written));
    });

    [Test]
    public void A_document_with_another_value_somewhere_is_read_or_refused() => ForAnyDocument((document, random) =>
    {
        JsonNode node = Damage.AnyNode(document, random);
        node.ReplaceWith(Damage.AnyValue(random));
        return document.ToJsonString();
    });

    [Test]
    public void A_document_without_some_value_is_read_or_refused() => ForAnyDocument((document, random) =>
    {
        Damage.Remove(Damage.AnyNode(document, random));
        return document.ToJsonString();
    });

    [Test]
    public void A_document_with_a_name_twice_is_refused_by_that_name() => AnySeed.Holds(random =>
    {
        Type type = Roots[random.Next(Roots.Length)];
        string text = Encoding.UTF8.GetString(Documents.Write(new Documents(random, chance: 0.6).Create(type)));
        JsonNode document = JsonNode.Parse(text)!;
        if (Damage.AnyNode(document, random) is not { Parent: JsonObject parent } node || Damage.IsOfOtherPlatform(node))
        {
            return true;
        }

        string name = node.GetPropertyName();
        string twice = Damage.WithTwice(document, parent, name);

        SpecException error = Assert.Throws<SpecException>(() => Documents.Read(type, Encoding.UTF8.GetBytes(twice)))!;

        return error.Message.EndsWith(": duplicate key", StringComparison.Ordinal) && IsOneLine(error.Message);
    });

    [Test]
    public void A_document_that_is_cut_off_or_scribbled_on_is_read_or_refused() => AnySeed.Holds(random =>
    {
        Type type = Roots[random.Next(Roots.Length)];
        byte[] bytes = Documents.Write(new Documents(random, chance: 0.6).Create(type));
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return IsReadOrRefused(type, bytes) && IsReadOrRefused(type, bytes[..random.Next(bytes.Length)]);
    });

    [Test]
    public void A_document_with_something_deep_inside_is_read_or_refused() => ForAnyDocument((document, random) =>
    {
        JsonNode deep = JsonValue.Create(1);
        for (int i = random.Next(1, 62); i > 0; i--)
        {
            deep = random.Next(2) == 0 ? new JsonArray(deep) : new JsonObject { ["a"] = deep };
        }

        Damage.AnyNode(document, random).ReplaceWith(deep);
        return document.ToJsonString(new() { MaxDepth = 200 });
    });

    private static void ForAnyDocument(Func<JsonNode, Random, string> damage) => AnySeed.Holds(random =>
    {
        Type type = Roots[random.Next(Roots.Length)];
        JsonNode document = JsonNode.Parse(Documents.Write(new Documents(random, chance: 0.6).Create(type)))!;
        return document.AsObject().Count == 0 || IsReadOrRefused(type, Encoding.UTF8.GetBytes(damage(document, random)));
    });

    private static bool IsReadOrRefused(Type type, byte[] utf8)
    {
        try
        {
            Documents.Read(type, utf8);
            return true;
        }
        catch (SpecException error)
        {
            return IsOneLine(error.Message);
        }
    }

    private static bool IsOneLine(string text) => text.Length > 0 && !text.Any(c => char.IsControl(c) || char.IsSurrogate(c));
}
