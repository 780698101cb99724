using System.Text;
using Bulkhead.Linux;
using Bulkhead.Runtime.Create;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class ChildFailureTests
{
    [TestCase("mount \"/proc\"", "mount /proc: Operation not permitted (EPERM)", Errno.EPERM)]
    [TestCase("", "", Errno.None)]
    [TestCase("step", "", Errno.ENOENT)]
    [TestCase("", "cause", (Errno)4095)]
    [TestCase("käse", "日本 \U0001F600\n", (Errno)int.MaxValue)]
    [TestCase("step", "a\0b", Errno.EIO, TestName = "A zero in the cause is kept")]
    [TestCase("step", "\0\0", (Errno)(-1))]
    public void A_failure_comes_over_whole(string step, string cause, Errno error)
    {
        ChildFailure failure = new(step, cause, error);

        Assert.That(ChildFailure.Decode(failure.Encode()), Is.EqualTo(failure));
    }

    [Test]
    public void A_message_says_first_what_it_is() =>
        Assert.That(new ChildFailure("s", "c", Errno.EPERM).Encode().ToArray(), Is.EqualTo((byte[])[(byte)'E', 1, 0, 0, 0, (byte)'s', 0, (byte)'c']));

    [TestCase(ChildFailure.MostBytes - 10)]
    [TestCase(ChildFailure.MostBytes - 9)]
    [TestCase(ChildFailure.MostBytes)]
    [TestCase(100_000)]
    public void A_cause_that_is_too_long_is_cut_and_the_step_kept(int length)
    {
        ReadOnlySpan<byte> message = new ChildFailure("step", new string('x', length), Errno.E2BIG).Encode();

        ChildFailure read = ChildFailure.Decode(message);

        Assert.That(message.Length, Is.EqualTo(ChildFailure.MostBytes));
        Assert.That((read.Step, read.Error), Is.EqualTo(("step", Errno.E2BIG)));
        Assert.That(read.Cause, Is.EqualTo(new string('x', ChildFailure.MostBytes - 10)));
    }

    [Test]
    public void A_character_that_is_cut_in_half_does_no_harm([Range(0, 3)] int offset)
    {
        string cause = new string('x', ChildFailure.MostBytes - 12 + offset) + "日本";

        ChildFailure read = ChildFailure.Decode(new ChildFailure("step", cause, Errno.EIO).Encode());

        Assert.That(read.Cause.TrimEnd('\ufffd'), Is.EqualTo(cause[..read.Cause.TrimEnd('\ufffd').Length]));
        Assert.That(Encoding.UTF8.GetByteCount(read.Cause.TrimEnd('\ufffd')), Is.GreaterThan(ChildFailure.MostBytes - 14));
    }

    [Test]
    public void A_long_step_is_cut_and_leaves_room_for_the_cause()
    {
        string step = new('s', ChildFailure.MostBytes - 6);

        ChildFailure read = ChildFailure.Decode(new ChildFailure(step, "cause", Errno.ENOENT).Encode());

        Assert.That(step, Does.StartWith(read.Step));
        Assert.That((read.Cause, read.Error), Is.EqualTo(("cause", Errno.ENOENT)));
    }
}
