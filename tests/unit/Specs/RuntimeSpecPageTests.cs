using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>The page <c>docs/runtime-spec.md</c> names every property, and only tests that there are.</summary>
public sealed partial class RuntimeSpecPageTests
{
    private static readonly string[] OtherPlatforms = ["solaris", "windows", "vm", "zos", "freebsd"];
    private static readonly string[] Maps = ["annotations", "linux.sysctl", "linux.resources.unified"];
    private static readonly string[] NamedObjects = ["linux.netDevices", "linux.timeOffsets", "linux.resources.rdma"];

    private static readonly string Root = typeof(RuntimeSpecPageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "docs/runtime-spec.md"));

    [Test]
    public void Every_property_has_a_row()
    {
        List<string> properties = [];
        Collect("", JsonNode.Parse(Sample.Read("complete.json"))!, properties);

        Assert.That(properties.Where(property => !Page.Contains($"`{property}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Every_test_that_is_named_exists()
    {
        string[] named = [.. NamedTest().Matches(Page).Select(match => match.Value).Distinct()];

        Assert.That(named, Is.Not.Empty);
        Assert.That(named.Where(test => !Exists(test)), Is.Empty);
    }

    private static bool Exists(string test)
    {
        string[] parts = test.Split('.');
        return Directory.EnumerateFiles(Path.Combine(Root, "tests"), $"{parts[0]}.cs", SearchOption.AllDirectories)
            .Any(file => Regex.IsMatch(File.ReadAllText(file), $@"\b{parts[1]}\("));
    }

    private static void Collect(string path, JsonNode node, List<string> properties)
    {
        switch (node)
        {
            case JsonObject map when !Maps.Contains(path):
                foreach ((string name, JsonNode? value) in map)
                {
                    string part = NamedObjects.Contains(path) ? "NAME" : name;
                    if (path.Length > 0 || !OtherPlatforms.Contains(name))
                    {
                        Collect(path.Length == 0 ? part : $"{path}.{part}", value!, properties);
                    }
                }

                break;
            case JsonArray { Count: > 0 } list when list[0] is JsonObject:
                foreach (JsonNode? value in list)
                {
                    Collect($"{path}[]", value!, properties);
                }

                break;
            default:
                properties.Add(path);
                break;
        }
    }

    [GeneratedRegex(@"\b[A-Za-z]+Tests\.[A-Za-z0-9_]+")]
    private static partial Regex NamedTest();
}
