using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

internal sealed class WaitStatusTests
{
    [TestCase(0x0000, 0, 0, "exit code 0")]
    [TestCase(0x0100, 1, 0, "exit code 1")]
    [TestCase(0xff00, 255, 0, "exit code 255")]
    [TestCase(0x0009, 137, 9, "signal 9")]
    [TestCase(0x008b, 139, 11, "signal 11", TestName = "A core that was dumped is no part of the signal")]
    [TestCase(0x0040, 192, 64, "signal 64")]
    public void A_status_is_taken_apart(int raw, int code, int signal, string text)
    {
        WaitStatus status = new(raw);

        Assert.That((status.ExitCode, status.SignalNumber, status.ToString()), Is.EqualTo((code, signal, text)));
        Assert.That(status.IsSuccess, Is.EqualTo(code == 0));
    }
}
