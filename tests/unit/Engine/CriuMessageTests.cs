using Bulkhead.Runtime.Checkpoint;
using Bulkhead.Runtime.Containers;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>The messages to and from CRIU, byte for byte.</summary>
internal sealed class CriuMessageTests
{
    [TestCase(0, "0800")]
    [TestCase(127, "087f")]
    [TestCase(128, "088001")]
    [TestCase(300, "08ac02")]
    [TestCase(-1, "08ffffffffffffffffff01")]
    [TestCase(long.MaxValue, "08ffffffffffffffff7f")]
    public void A_number_is_written(long value, string expected)
    {
        ProtobufWriter writer = new();

        writer.Number(1, value);

        Assert.That(Convert.ToHexStringLower(writer.Written), Is.EqualTo(expected));
    }

    [Test]
    public void Texts_and_messages_carry_their_lengths()
    {
        ProtobufWriter inner = new();
        inner.Text(1, "k\u00e4");
        inner.Text(2, null);
        inner.Flag(3, false);
        inner.Flag(4, true);
        ProtobufWriter writer = new();

        writer.Message(23, inner);

        Assert.That(Convert.ToHexStringLower(writer.Written), Is.EqualTo("ba0107" + "0a036bc3a4" + "2001"));
    }

    [Test]
    public void A_feature_check_asks_for_both() =>
        Assert.That(Convert.ToHexStringLower(new CriuRequest(CriuMessageType.FeatureCheck).Encode()), Is.EqualTo("0809" + "2a04" + "08011001"));

    [Test]
    public void A_notification_is_answered() => Assert.That(Convert.ToHexStringLower(CriuRequest.EncodeNotified()), Is.EqualTo("0806" + "1801"));

    [TestCase("/a]:/etc"), TestCase("/a]:"), TestCase("/a\nb")]
    public void A_mount_whose_name_would_be_read_back_as_another_is_refused_CVE_2026_115520_CVE_2026_119101(string place) =>
        Assert.That(
            () => new CriuRequest(CriuMessageType.Dump).AddExternalMount(place, "/data"),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo($"the mount at \"{place}\" has a name that criu can't read back"));

    [Test]
    public void A_dump_says_what_is_wanted()
    {
        CriuRequest request = new(CriuMessageType.Dump);
        CriuOptions options = new() { ImagePath = "/I", CgroupMode = CriuCgroupMode.Soft };

        request.SetDump(new CheckpointOptions { Criu = options, LeaveRunning = true }, pid: 5, freezer: null);
        request.AddExternal("net[7]:x");

        Assert.That(Convert.ToHexStringLower(request.Encode()), Is.EqualTo("0801" + "120f" + "1005" + "1801" + "aa0208" + "6e65745b375d3a78"));
    }

    [Test]
    public void A_notification_is_read()
    {
        CriuResponse response = CriuResponse.Decode(Convert.FromHexString("0806" + "1001" + "2a06" + "0a02706f" + "1007" + "f83f05"));

        Assert.That((response.Type, response.IsSuccess, response.Notification, response.Pid), Is.EqualTo((CriuMessageType.Notify, true, "po", 7)));
    }

    [Test]
    public void A_failure_is_read_with_its_cause()
    {
        CriuResponse response = CriuResponse.Decode(Convert.FromHexString("0801" + "1000" + "380c" + "4a04" + "6e6f2021"));

        Assert.That((response.IsSuccess, response.Cause), Is.EqualTo((false, "no !")));
    }

    [TestCase("08", TestName = "{m}(a key without its value)")]
    [TestCase("0a05aa", TestName = "{m}(a text that is cut off)")]
    [TestCase("0affffffffffffffffff01", TestName = "{m}(a length beyond all bounds)")]
    [TestCase("08ffffffffffffffffffffff", TestName = "{m}(a number without an end)")]
    [TestCase("0b", TestName = "{m}(a group)")]
    public void What_is_no_message_is_refused(string hexadecimal) =>
        Assert.That(() => CriuResponse.Decode(Convert.FromHexString(hexadecimal)), Throws.TypeOf<FormatException>());
}
