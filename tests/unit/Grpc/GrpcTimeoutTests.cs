using Grpc.AspNetCore.Server;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Grpc;

internal sealed class GrpcTimeoutTests
{
    [TestCase("0n", 0L)]
    [TestCase("1n", 1L, TestName = "less than a tick is a tick: rather late than early")]
    [TestCase("100n", 1L)]
    [TestCase("101n", 2L)]
    [TestCase("1u", 10L)]
    [TestCase("250m", 2_500_000L)]
    [TestCase("00000001S", TimeSpan.TicksPerSecond)]
    [TestCase("2M", 2 * TimeSpan.TicksPerMinute)]
    [TestCase("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    public void A_timeout_is_a_number_and_a_unit(string text, long ticks)
    {
        Assert.That(GrpcTimeout.TryParse(text, out TimeSpan timeout), Is.True);
        Assert.That(timeout.Ticks, Is.EqualTo(ticks));
    }

    [TestCase(""), TestCase("S"), TestCase("10"), TestCase("10s"), TestCase("-1S"), TestCase("+1S"), TestCase(" 1S"), TestCase("1 S"), TestCase("1.5S")]
    [TestCase("123456789S"), TestCase("١S"), TestCase("1SS")]
    public void Anything_else_is_none(string text) => Assert.That(GrpcTimeout.TryParse(text, out _), Is.False);
}
