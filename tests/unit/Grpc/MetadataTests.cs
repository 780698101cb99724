using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Grpc;

internal sealed class MetadataTests
{
    [Test]
    public void Names_are_small_and_may_repeat()
    {
        Metadata metadata = new() { { "X-Name", "1" }, { "x-name", "2" }, { "x-bytes-bin", new byte[] { 1 } } };

        Assert.That(metadata.GetValue("x-NAME"), Is.EqualTo("2"));
        Assert.That(metadata.GetAll("x-name").Select(entry => entry.Value), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(metadata.GetValueBytes("x-bytes-bin"), Is.EqualTo(new byte[] { 1 }));
        Assert.That(metadata.Get("other"), Is.Null);
        Assert.That(metadata[0].Key, Is.EqualTo("x-name"));
    }

    [TestCase(""), TestCase("a b"), TestCase("a:"), TestCase("ä"), TestCase("a-bin")]
    public void A_name_is_checked(string name) => Assert.Throws<ArgumentException>(() => _ = new Metadata.Entry(name, "a"));

    [Test]
    public void Bytes_need_a_name_for_bytes() => Assert.Throws<ArgumentException>(() => _ = new Metadata.Entry("a", [1]));

    [Test]
    public void The_empty_metadata_stays_empty() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));

    [Test]
    public void Headers_are_read_as_metadata()
    {
        HeaderDictionary headers = new() { [":path"] = "/", ["x-text"] = new(["1", "2"]), ["x-bytes-bin"] = "AA==, AAE,AAEC", ["x-odd!"] = "a" };

        Metadata metadata = MetadataHeaders.Read(headers);

        Assert.That(metadata.GetAll("x-text").Select(entry => entry.Value), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(metadata.GetAll("x-bytes-bin").Select(entry => entry.ValueBytes.Length), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(metadata, Has.Count.EqualTo(5));
    }

    [TestCase("!"), TestCase("A"), TestCase("AAAAA"), TestCase("AA=A")]
    public void Bytes_that_are_no_base64_are_refused(string value)
    {
        HeaderDictionary headers = new() { ["x-bytes-bin"] = value };

        Assert.That(Assert.Throws<RpcException>(() => MetadataHeaders.Read(headers))!.StatusCode, Is.EqualTo(StatusCode.Internal));
    }

    [Test]
    public void Metadata_is_written_as_headers_but_for_what_is_gRPCs_own()
    {
        Metadata metadata = new()
        {
            { "x-text", "1" }, { "x-text", "2" }, { "x-bytes-bin", new byte[] { 0, 1 } },
            { "grpc-status", "0" }, { "content-type", "text/plain" }, { "grpc-status-details-bin", new byte[] { 255 } },
        };
        HeaderDictionary headers = [];

        MetadataHeaders.Write(metadata, headers);

        Assert.That(headers.Select(header => $"{header.Key}={header.Value}"), Is.EquivalentTo(new[] { "x-text=1,2", "x-bytes-bin=AAE", "grpc-status-details-bin=/w" }));
    }

    [TestCase("a\nb"), TestCase("ä"), TestCase("\u007f")]
    public void Text_that_HTTP_cannot_carry_is_refused_by_name(string text)
    {
        Metadata metadata = new() { { "x-text", text } };

        Assert.That(Assert.Throws<InvalidOperationException>(() => MetadataHeaders.Check(metadata))!.Message, Does.StartWith("metadata \"x-text\""));
    }
}
