using System.Globalization;
using Bulkhead.Runtime.Create;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture, NonParallelizable]
internal sealed class SocketActivationTests
{
    private static readonly string[] Variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    private string?[] _before = [];

    private static string Own => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    [SetUp]
    public void Remember() => _before = [.. Variables.Select(Environment.GetEnvironmentVariable)];

    [TearDown]
    public void Restore() => Set(_before);

    [TestCase("1", 1)]
    [TestCase("1024", 1024)]
    public void Sockets_that_are_for_this_process_are_passed_on(string text, int count)
    {
        Set(Own, text, "web:admin");
        List<string> environment = ["A=1"];

        Assert.That(SocketActivation.PassOn(environment), Is.EqualTo(count));
        Assert.That(environment, Is.EqualTo(new[] { "A=1", $"LISTEN_FDS={count}", "LISTEN_PID=1", "LISTEN_FDNAMES=web:admin" }));
    }

    [Test]
    public void Names_are_passed_on_only_where_there_are_some()
    {
        Set(Own, "2", null);
        List<string> environment = [];

        SocketActivation.PassOn(environment);

        Assert.That(environment, Is.EqualTo(new[] { "LISTEN_FDS=2", "LISTEN_PID=1" }));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase(" 1")]
    [TestCase("1025")]
    [TestCase("4294967297")]
    [TestCase("x")]
    [TestCase("")]
    [TestCase(null)]
    public void What_is_no_number_of_sockets_passes_none_on(string? count)
    {
        Set(Own, count, "web");

        AssertNone();
    }

    [TestCase("1")]
    [TestCase("0")]
    [TestCase("x")]
    [TestCase(null)]
    public void Sockets_for_another_process_are_not_passed_on(string? pid)
    {
        Set(pid, "1", null);

        AssertNone();
    }

    private static void AssertNone()
    {
        List<string> environment = ["A=1"];

        Assert.That(SocketActivation.PassOn(environment), Is.Zero);
        Assert.That(environment, Is.EqualTo(new[] { "A=1" }));
    }

    private static void Set(params string?[] values)
    {
        for (int i = 0; i < Variables.Length; i++)
        {
            Environment.SetEnvironmentVariable(Variables[i], values[i]);
        }
    }
}
