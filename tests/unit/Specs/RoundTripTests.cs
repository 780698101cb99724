using System.Text.Json.Nodes;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>What other tools write is read and written again without a loss.</summary>
public sealed class RoundTripTests
{
    [TestCase("runc-spec.json")]
    [TestCase("runc-spec-rootless.json")]
    [TestCase("containerd-oci-spec.json")]
    [TestCase("containerd.json")]
    [TestCase("podman.json")]
    [TestCase("complete.json")]
    public void A_configuration_comes_back_as_it_was(string sample) => Check<Spec>(sample);

    [Test]
    public void Features_come_back_as_they_were() => Check<Features>("runc-features.json");

    [Test]
    public void An_index_comes_back_as_it_was() => Check<Bulkhead.Specs.Image.Index>("oci-index.json");

    [TestCase("oci-manifest.json")]
    [TestCase("docker-manifest.json")]
    public void A_manifest_comes_back_as_it_was(string sample) => Check<Manifest>(sample);

    [Test]
    public void An_image_configuration_comes_back_as_it_was() => Check<ImageDocument>("oci-config.json");

    [TestCase("container")]
    [TestCase("container_config")]
    [TestCase("docker_version")]
    [TestCase("parent")]
    public void An_image_configuration_of_Dockers_comes_back_but_for(string extension)
    {
        JsonNode sample = JsonNode.Parse(Sample.Read("docker-config.json"))!;

        JsonNode written = JsonNode.Parse(SpecJson.Write(SpecJson.Read<ImageDocument>(Sample.Read("docker-config.json"))))!;

        Assert.That(written[extension], Is.Null);
        foreach ((string name, JsonNode? value) in written.AsObject())
        {
            // The configuration has properties of Docker's own: Hostname, Tty and others.
            JsonNode? expected = name == "config" ? Only(sample[name]!.AsObject(), value!.AsObject()) : sample[name];
            Assert.That(JsonNode.DeepEquals(value, expected), Is.True, $"{name}: {value}");
        }
    }

    [Test]
    public void An_image_layout_comes_back_as_it_was() => Check<ImageLayout>("oci-layout.json");

    [Test]
    public void A_state_is_read_whatever_else_the_runtime_says()
    {
        State state = SpecJson.Read<State>(Sample.Read("runc-state.json"));

        Assert.That(state.Id, Is.EqualTo("s1"));
        Assert.That(state.Status, Is.EqualTo(State.Running));
        Assert.That(state.Pid, Is.GreaterThan(0));
        Assert.That(state.Bundle, Is.EqualTo("/run/bundles/s1"));
        Assert.That(state.Annotations, Contains.Key("org.example.key").WithValue("value"));
    }

    [Test]
    public void Indentation_changes_nothing_but_white_space()
    {
        Spec spec = SpecJson.ReadSpec(Sample.Read("podman.json"));

        byte[] indented = SpecJson.Write(spec, indented: true);

        Assert.That(indented, Has.Length.GreaterThan(SpecJson.Write(spec).Length));
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(indented), JsonNode.Parse(SpecJson.Write(spec))), Is.True);
    }

    private static void Check<T>(string sample) where T : class, IJsonObject<T>
    {
        byte[] original = Sample.Read(sample);

        byte[] written = SpecJson.Write(SpecJson.Read<T>(original));

        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(written), JsonNode.Parse(original)), Is.True, Text(written));
    }

    private static JsonObject Only(JsonObject all, JsonObject names)
    {
        JsonObject some = [];
        foreach ((string name, _) in names)
        {
            some[name] = all[name]?.DeepClone();
        }

        return some;
    }

    private static string Text(byte[] utf8) => System.Text.Encoding.UTF8.GetString(utf8);
}
