using System.Text;
using System.Text.Json.Nodes;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using Bulkhead.Tests.Unit.Specs;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Fuzz;

/// <summary>A config.json that was valid and has been tampered with is carried out or refused in one line, and soon.</summary>
[TestFixture]
internal sealed class HostileDocumentTests
{
    private static readonly string[] s_samples = ["complete.json", "runc-spec.json", "runc-spec-rootless.json", "containerd-oci-spec.json", "podman.json"];

    private static readonly string[] s_numbers =
    [
        "-0", "1e400", "-1e400", "1E-400", "0.1", "4294967295", "4294967296", "-2147483649", "9223372036854775808", "-9223372036854775809",
        "18446744073709551616", new('9', 5000), "1e", "01", "+1", "0x10", "NaN", "Infinity", "1.", ".5", "--1",
    ];

    private static readonly string[] s_texts =
    [
        "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\x\"", "\"a\nb\"", "\"../../../etc/passwd\"", "\"/proc/self/fd/7\"", "\"%s%n\"", "\"{0}\"",
        "\"\\u202e\"", "\"-\"", "\"/\"", "\"//\"", "\".\"", "\"..\"", "\"a b\"", "\"a,b=c:d\"", "\"9999999999999999999\"", $"\"{new string('a', 70_000)}\"", $"\"/{string.Join('/', Enumerable.Repeat("d", 5000))}\"",
    ];

    [Test]
    public void A_number_of_any_size_in_any_place_is_carried_out_or_refused() =>
        AnySeed.Holds(random => IsCarriedOutOrRefused(Replaced(random, random.Pick(s_numbers))));

    [Test]
    public void A_text_of_any_kind_in_any_place_is_carried_out_or_refused() =>
        AnySeed.Holds(random => IsCarriedOutOrRefused(Replaced(random, random.Pick(s_texts))));

    [Test]
    public void Another_value_in_any_place_is_carried_out_or_refused() => AnySeed.Holds(random =>
    {
        JsonNode document = Document(random);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            JsonNode node = Damage.AnyNode(document, random);
            if (random.Next(3) == 0)
            {
                Damage.Remove(node);
            }
            else if (node.Parent is not null)
            {
                node.ReplaceWith(Damage.AnyValue(random));
            }
        }

        return IsCarriedOutOrRefused(Encoding.UTF8.GetBytes(document.ToJsonString()));
    });

    [Test]
    public void Bytes_that_are_no_text_are_carried_out_or_refused() => AnySeed.Holds(random =>
    {
        List<byte> bytes = [.. Sample.Read(random.Pick(s_samples))];
        byte[][] pieces = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xef, 0xbb, 0xbf], [0], [0x1b, 0x5b], [0xe2, 0x80, 0xa8], "\"\":\"\","u8.ToArray(), "[[["u8.ToArray(), "}"u8.ToArray()];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            bytes.InsertRange(random.Next(bytes.Count), random.Pick(pieces));
        }

        return IsCarriedOutOrRefused([.. bytes]);
    });

    [TestCase("[", "]"), TestCase("{\"a\":", "}"), TestCase("{\"process\":", "}"), TestCase("{\"linux\":{\"resources\":", "}}"), TestCase("[{\"a\":[", "]}]")]
    [CancelAfter(10_000)]
    public void A_document_of_any_depth_is_refused_without_a_crash(string open, string close)
    {
        foreach (int depth in (int[])[1, 60, 64, 65, 1000, 100_000])
        {
            StringBuilder text = new();
            text.Insert(0, open, depth).Append('1').Insert(text.Length, close, depth);

            Assert.That(() => SpecJson.ReadSpec(Encoding.UTF8.GetBytes(text.ToString())), Throws.TypeOf<SpecException>());
        }
    }

    [Test, CancelAfter(10_000)]
    public void A_list_of_very_many_is_carried_out_or_refused_soon()
    {
        JsonNode document = JsonNode.Parse(Sample.Read("runc-spec.json"))!;
        document["process"]!["env"] = new JsonArray([.. Enumerable.Range(0, 50_000).Select(i => (JsonNode)$"NAME{i}=x")]);
        document["mounts"] = new JsonArray([.. Enumerable.Range(0, 10_000).Select(i => (JsonNode)new JsonObject { ["destination"] = $"/m{i}", ["type"] = "tmpfs", ["source"] = "t" })]);

        Assert.That(IsCarriedOutOrRefused(Encoding.UTF8.GetBytes(document.ToJsonString())), Is.True);
    }

    private static JsonNode Document(Random random) => JsonNode.Parse(Sample.Read(random.Pick(s_samples)))!;

    private static byte[] Replaced(Random random, string value)
    {
        const string mark = "\"what is to be replaced\"";
        JsonNode document = Document(random);
        JsonNode node = Damage.AnyNode(document, random);
        if (node.Parent is null)
        {
            return Encoding.UTF8.GetBytes(value);
        }

        node.ReplaceWith(JsonNode.Parse(mark)!);
        return Encoding.UTF8.GetBytes(document.ToJsonString().Replace(mark, value, StringComparison.Ordinal));
    }

    // As far as the plan of the process: what comes after opens files.
    private static bool IsCarriedOutOrRefused(byte[] config)
    {
        try
        {
            Spec spec = SpecJson.ReadSpec(config);
            SpecCheck.Check(spec);
            if (spec.Linux!.Seccomp is { } seccomp)
            {
                SeccompProfile.From(seccomp);
            }

            CapabilityLimits limits = new(CapabilitySet.None, CapabilitySet.None, CapabilitySet.None);
            ProcessPlanner.Plan(spec.Process!, spec.Linux, seccomp: null, limits, keyRing: null, preserveDescriptors: 0, new EngineLog());
            return true;
        }
        catch (Exception error) when (error is SpecException or ContainerException)
        {
            return error.Message.Length is > 0 and < 200_000 && !error.Message.Contains('\n', StringComparison.Ordinal);
        }
    }
}
