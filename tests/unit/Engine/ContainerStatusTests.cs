using Bulkhead.Runtime.Containers;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class ContainerStatusTests
{
    [TestCase(ContainerOperation.Start, "created")]
    [TestCase(ContainerOperation.Signal, "created running paused")]
    [TestCase(ContainerOperation.Exec, "created running")]
    [TestCase(ContainerOperation.Pause, "created running")]
    [TestCase(ContainerOperation.Resume, "paused")]
    [TestCase(ContainerOperation.Update, "created running paused")]
    [TestCase(ContainerOperation.Delete, "created stopped")]
    public void An_operation_is_allowed_in_these_statuses_alone(ContainerOperation operation, string expected)
    {
        IEnumerable<string> allowed = Enum.GetValues<ContainerStatus>().Where(status => status.Allows(operation)).Select(static status => status.Word());

        Assert.That(string.Join(' ', allowed), Is.EqualTo(expected));
    }

    [Test]
    public void Every_operation_has_its_row([Values] ContainerOperation operation, [Values] ContainerStatus status) =>
        Assert.That(() => status.Allows(operation), Throws.Nothing);

    [Test]
    public void An_operation_that_does_not_exist_has_none() =>
        Assert.That(() => ContainerStatus.Running.Allows((ContainerOperation)99), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(ContainerStatus.Creating, "creating")]
    [TestCase(ContainerStatus.Created, "created")]
    [TestCase(ContainerStatus.Running, "running")]
    [TestCase(ContainerStatus.Paused, "paused")]
    [TestCase(ContainerStatus.Stopped, "stopped")]
    public void A_status_has_the_word_of_the_specification(ContainerStatus status, string word) =>
        Assert.That(status.Word(), Is.EqualTo(word));
}
