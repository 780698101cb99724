using NUnit.Framework;

namespace Bulkhead.Tests.Unit;

[TestFixture]
internal sealed class T
{
    [Test]
    public void Good()
    {
    }

    [Test]
    public void Skipped() => Assert.Ignore("because of\nthis");
}
