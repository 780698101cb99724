using Bulkhead.Cgroups.Systemd.Bus;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cgroups.Systemd;

public sealed class BusMessageTests
{
    [Test]
    public void A_message_has_the_length_that_its_beginning_says()
    {
        BusWriter call = Call();

        Assert.That(BusMessage.LengthOf(call.Bytes[..BusMessage.FixedLength]), Is.EqualTo(call.Length));
    }

    [Test]
    public void A_message_is_read_back()
    {
        BusMessage message = BusMessage.Parse(Call().Bytes.ToArray());
        BusReader body = new(message.Body.Span);

        Assert.That(message, Has.Property("Kind").EqualTo(BusMessageKind.Call).And.Property("Member").EqualTo("StopUnit").And.Property("Signature").EqualTo("ss"));
        Assert.That(body.ReadText(), Is.EqualTo("web.scope"));
        Assert.That(body.ReadText(), Is.EqualTo("replace"));
    }

    [Test]
    public void A_message_that_is_changed_anywhere_is_read_without_harm()
    {
        byte[] whole = Call().Bytes.ToArray();
        int fields = BusMessage.FixedLength + BitConverter.ToInt32(whole, 12);
        for (int place = BusMessage.FixedLength; place < fields; place++)
        {
            foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 5, (byte)'a', (byte)'s', (byte)'u', 0x7f, 0xff])
            {
                byte[] changed = [.. whole];
                changed[place] = value;
                try
                {
                    BusMessage.Parse(changed);
                }
                catch (BusException error)
                {
                    Assert.That(error.Message, Does.StartWith("the bus sent"), $"byte {place} is {value}");
                }
            }
        }
    }

    [TestCase((byte)'B', (byte)1, 0u, TestName = "Another byte order")]
    [TestCase((byte)'l', (byte)2, 0u, TestName = "Another version")]
    [TestCase((byte)'l', (byte)1, 0x7fff_ffffu, TestName = "Two gigabytes")]
    [TestCase((byte)'l', (byte)1, uint.MaxValue, TestName = "The largest length")]
    public void Beginnings_that_are_odd_are_refused(byte order, byte version, uint body)
    {
        byte[] start = new byte[BusMessage.FixedLength];
        start[0] = order;
        start[3] = version;
        BitConverter.TryWriteBytes(start.AsSpan(4), body);

        Assert.That(() => BusMessage.LengthOf(start), Throws.TypeOf<BusException>());
    }

    [TestCase("unix:path=/run/user/1000/bus", "/run/user/1000/bus")]
    [TestCase("unix:path=/run/user/1000/bus,guid=1234", "/run/user/1000/bus")]
    [TestCase("unix:path=/with%20space", "/with space")]
    [TestCase("unix:abstract=/tmp/dbus-1,guid=1", "\0/tmp/dbus-1")]
    [TestCase("tcp:host=localhost;unix:path=/a;unix:path=/b", "/a /b")]
    [TestCase("unixexec:path=ssh", "")]
    [TestCase("unix:path=/a%4", "/a%4")]
    [TestCase("", "")]
    public void Addresses_are_taken_apart(string text, string expected) =>
        Assert.That(string.Join(' ', BusAddress.Parse(text).Select(address => address.Path)), Is.EqualTo(expected));

    private static BusWriter Call() =>
        BusMessage.Call(7, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StopUnit", [BusValue.Of("web.scope"), BusValue.Of("replace")]);
}
