using System.Text;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;
using Bulkhead.Specs.Json;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>What is wrong with a document is said with its path and in plain words.</summary>
public sealed class BadDocumentTests
{
    // A type the value should have.
    [TestCase("[]", "expected an object, found an array")]
    [TestCase("null", "expected an object, found null")]
    [TestCase("""{"ociVersion":1}""", "ociVersion: expected a string, found a number")]
    [TestCase("""{"process":{"args":[7]}}""", "process.args[0]: expected a string, found a number")]
    [TestCase("""{"process":{"args":["a",null]}}""", "process.args[1]: expected a string, found null")]
    [TestCase("""{"process":{"args":"sh"}}""", "process.args: expected an array, found a string")]
    [TestCase("""{"process":{"terminal":"true"}}""", "process.terminal: expected true or false, found a string")]
    [TestCase("""{"process":{"terminal":1}}""", "process.terminal: expected true or false, found a number")]
    [TestCase("""{"process":[]}""", "process: expected an object, found an array")]
    [TestCase("""{"mounts":[null]}""", "mounts[0]: expected an object, found null")]
    [TestCase("""{"mounts":[{"destination":"/"},{"destination":"/","options":[true]}]}""", "mounts[1].options[0]: expected a string, found true")]
    [TestCase("""{"annotations":{"a.b":{}}}""", "annotations[\"a.b\"]: expected a string, found an object")]
    [TestCase("""{"annotations":{"a":null}}""", "annotations.a: expected a string, found null")]
    [TestCase("""{"annotations":[]}""", "annotations: expected an object, found an array")]
    [TestCase("""{"linux":{"netDevices":{"eth0":null}}}""", "linux.netDevices.eth0: expected an object, found null")]
    [TestCase("""{"linux":{"resources":{"memory":{"limit":"1g"}}}}""", "linux.resources.memory.limit: expected a number, found a string")]
    [TestCase("""{"linux":{"namespaces":[{"type":1}]}}""", "linux.namespaces[0].type: expected a string, found a number")]

    // A value of a closed set.
    [TestCase("""{"linux":{"namespaces":[{"type":"pid"},{"type":"uts"},{"type":"foo"}]}}""", "linux.namespaces[2].type: unknown value \"foo\"")]
    [TestCase("""{"linux":{"namespaces":[{"type":"PID"}]}}""", "linux.namespaces[0].type: unknown value \"PID\"")]
    [TestCase("""{"linux":{"namespaces":[{"type":""}]}}""", "linux.namespaces[0].type: unknown value \"\"")]
    [TestCase("""{"linux":{"seccomp":{"defaultAction":"scmp_act_allow"}}}""", "linux.seccomp.defaultAction: unknown value \"scmp_act_allow\"")]
    [TestCase("""{"linux":{"seccomp":{"architectures":["SCMP_ARCH_X86","VAX"]}}}""", "linux.seccomp.architectures[1]: unknown value \"VAX\"")]
    [TestCase("""{"linux":{"memoryPolicy":{"mode":"a\nb"}}}""", "linux.memoryPolicy.mode: unknown value \"a\\u000ab\"")]

    // A number in its range.
    [TestCase("""{"process":{"user":{"uid":-1}}}""", "process.user.uid: -1 is out of range, 0 to 4294967295")]
    [TestCase("""{"process":{"user":{"uid":4294967296}}}""", "process.user.uid: 4294967296 is out of range, 0 to 4294967295")]
    [TestCase("""{"process":{"user":{"additionalGids":[1,-2]}}}""", "process.user.additionalGids[1]: -2 is out of range, 0 to 4294967295")]
    [TestCase("""{"process":{"oomScoreAdj":2147483648}}""", "process.oomScoreAdj: 2147483648 is out of range, -2147483648 to 2147483647")]
    [TestCase("""{"process":{"user":{"uid":1.5}}}""", "process.user.uid: expected a whole number, found 1.5")]
    [TestCase("""{"process":{"user":{"uid":1e3}}}""", "process.user.uid: expected a whole number, found 1e3")]
    [TestCase("""{"linux":{"resources":{"pids":{"limit":9223372036854775808}}}}""", "linux.resources.pids.limit: 9223372036854775808 is out of range, -9223372036854775808 to 9223372036854775807")]
    [TestCase("""{"linux":{"resources":{"blockIO":{"weight":65536}}}}""", "linux.resources.blockIO.weight: 65536 is out of range, 0 to 65535")]

    // A name at most once, and in the right case.
    [TestCase("""{"ociVersion":"1.0.0","ociVersion":"1.0.0"}""", "ociVersion: duplicate key")]
    [TestCase("""{"ociVersion":null,"ociVersion":"1.0.0"}""", "ociVersion: duplicate key")]
    [TestCase("""{"linux":{"resources":{"pids":{"limit":1,"limit":2}}}}""", "linux.resources.pids.limit: duplicate key")]
    [TestCase("""{"linux":{"resources":{"pids":{"limit":1,"lim\u0069t":2}}}}""", "linux.resources.pids.limit: duplicate key")]
    [TestCase("""{"annotations":{"a":"1","b":"2","a":"3"}}""", "annotations.a: duplicate key")]
    [TestCase("""{"linux":{"timeOffsets":{"monotonic":{},"monotonic":{}}}}""", "linux.timeOffsets.monotonic: duplicate key")]
    [TestCase("""{"x-extension":1,"x-extension":1}""", "x-extension: duplicate key")]
    [TestCase("""{"annotations":{"":"1","":"2"}}""", "annotations[\"\"]: duplicate key")]
    [TestCase("""{"OCIVersion":"1.0.0"}""", "ociVersion: required, but missing")]

    // What is required.
    [TestCase("{}", "ociVersion: required, but missing")]
    [TestCase("""{"ociVersion":null}""", "ociVersion: required, but missing")]
    [TestCase("""{"process":{"user":{"uid":0,"gid":0},"args":["sh"]}}""", "process.cwd: required, but missing")]
    [TestCase("""{"root":{}}""", "root.path: required, but missing")]
    [TestCase("""{"mounts":[{"destination":"/a"},{"type":"tmpfs"}]}""", "mounts[1].destination: required, but missing")]
    [TestCase("""{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["a"]}]}}}""", "linux.seccomp.syscalls[0].action: required, but missing")]

    // Text.
    [TestCase("""{"root":{"path":"/allowed\u0000/rest"}}""", "root.path: contains a NUL character")]
    [TestCase("""{"annotations":{"a\u0000b":""}}""", "annotations[\"a\\u0000b\"]: contains a NUL character")]
    [TestCase("""{"hostname":"\ud800"}""", "hostname: not valid Unicode text")]
    [TestCase("""{"a\"\n]":1,"a\"\n]":2}""", "[\"a\"\\u000a]\"]: duplicate key")]

    // JSON.
    [TestCase("", "line 1, column 1: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true")]
    [TestCase("{\n\"a\": 1,\n}", "line 3, column 1: The JSON object contains a trailing comma at the end which is not supported in this mode. Change the reader options")]
    [TestCase("{\n  \"a\": [1}\n}", "line 2, column 10: '}' is invalid without a matching open")]
    [TestCase("""{"ociVersion":"1.0.0"} x""", "line 1, column 24: 'x' is invalid after a single JSON value. Expected end of data")]
    [TestCase("""{"ociVersion":"1.0.0"}{}""", "line 1, column 23: '{' is invalid after a single JSON value. Expected end of data")]
    public void A_configuration_is_refused(string json, string message)
    {
        SpecException error = Assert.Throws<SpecException>(() => SpecJson.ReadSpec(Encoding.UTF8.GetBytes(json)));

        Assert.That(error.Message, Is.EqualTo(message));
    }

    [TestCase("""{"schemaVersion":1,"config":{},"layers":[]}""", "schemaVersion: 1 is not 2")]
    [TestCase("""{"schemaVersion":2,"layers":[],"manifests":[]}""", "manifests: not allowed in an image manifest", Description = "CVE-2021-41190")]
    [TestCase("""{"layers":[{"digest":"sha256:ABC"}]}""", "layers[0].digest: digest \"sha256:ABC\": the hash is not 64 lower-case hexadecimal digits")]
    [TestCase("""{"layers":[{"digest":7}]}""", "layers[0].digest: expected a string, found a number")]
    [TestCase("""{"layers":[{"size":-1}]}""", "layers[0].size: -1 is negative")]
    [TestCase("""{"layers":[{"data":"?"}]}""", "layers[0].data: not valid Base64")]
    [TestCase("""{"schemaVersion":2,"layers":[]}""", "config: required, but missing")]
    public void A_manifest_is_refused(string json, string message) => Refused<Manifest>(json, message);

    [TestCase("""{"schemaVersion":2,"manifests":[],"layers":[]}""", "layers: not allowed in an image index", Description = "CVE-2021-41190")]
    [TestCase("""{"schemaVersion":2,"config":{},"manifests":[]}""", "config: not allowed in an image index", Description = "CVE-2021-41190")]
    public void An_index_is_refused(string json, string message) => Refused<Bulkhead.Specs.Image.Index>(json, message);

    [TestCase("""{"rootfs":{"type":"layers","diff_ids":[null]}}""", "rootfs.diff_ids[0]: expected a string, found null")]
    [TestCase("""{"config":{"ExposedPorts":{"80/tcp":1}}}""", "config.ExposedPorts[\"80/tcp\"]: expected an object, found a number")]
    public void An_image_configuration_is_refused(string json, string message) => Refused<ImageDocument>(json, message);

    [Test]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        byte[] bytes = [.. "{\"hostname\":\""u8, 0xff, .. "\"}"u8];

        SpecException error = Assert.Throws<SpecException>(() => SpecJson.ReadSpec(bytes));

        Assert.That(error.Message, Is.EqualTo("hostname: not valid Unicode text"));
    }

    [Test]
    public void A_document_beyond_16_MiB_is_refused()
    {
        byte[] largest = [.. """{"ociVersion":"1.0.0"}"""u8, .. Enumerable.Repeat((byte)' ', SpecJson.MaxDocumentBytes - 22)];

        SpecException error = Assert.Throws<SpecException>(() => SpecJson.ReadSpec([.. largest, (byte)' ']));

        Assert.That(SpecJson.ReadSpec(largest).OciVersion, Is.EqualTo("1.0.0"));
        Assert.That(error.Message, Is.EqualTo("the document is larger than 16 MiB"));
    }

    [Test]
    public void A_document_of_more_than_64_levels_is_refused()
    {
        string deepest = Nested(JsonObjectReader.MaxDepth - 1);

        SpecException error = Assert.Throws<SpecException>(() => SpecJson.ReadSpec(Encoding.UTF8.GetBytes(Nested(JsonObjectReader.MaxDepth))));

        Assert.That(SpecJson.ReadSpec(Encoding.UTF8.GetBytes(deepest)).OciVersion, Is.EqualTo("1"));
        Assert.That(error.Message, Does.Contain("The maximum configured depth of 64 has been exceeded"));
    }

    [Test]
    public void A_long_value_is_shown_in_part()
    {
        string json = "{\"linux\":{\"namespaces\":[{\"type\":\"" + new string('x', 10_000) + "\"}]}}";

        SpecException error = Assert.Throws<SpecException>(() => SpecJson.ReadSpec(Encoding.UTF8.GetBytes(json)));

        Assert.That(error.Message, Is.EqualTo($"linux.namespaces[0].type: unknown value \"{new string('x', 200)}...\""));
    }

    private static string Nested(int levels) =>
        $$"""{"ociVersion":"1","x":{{new string('[', levels)}}{{new string(']', levels)}}}""";

    private static void Refused<T>(string json, string message) where T : class, IJsonObject<T>
    {
        SpecException error = Assert.Throws<SpecException>(() => SpecJson.Read<T>(Encoding.UTF8.GetBytes(json)));

        Assert.That(error.Message, Is.EqualTo(message));
    }
}
