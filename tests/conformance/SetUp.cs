using Bulkhead.Tests.Support;
using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]

namespace Bulkhead.Tests.Conformance;

/// <summary>Before the first test: is there what the tests need. After the last: is anything left of what they made.</summary>
[SetUpFixture]
internal sealed class SetUp
{
    private LeakCheck? _leaks;

    [OneTimeSetUp]
    public void Check()
    {
        Assert.That(Machine.IsRoot, Is.True, "the conformance tests make real containers and need root");
        Assert.That(File.Exists(Repository.RuntimeBinary), Is.True, $"{Repository.RuntimeBinary} is missing: ./build.sh publish makes it");
        _leaks = LeakCheck.Start();
    }

    [OneTimeTearDown]
    public void Compare() => Assert.That(_leaks?.Growth() ?? [], Is.Empty, "left behind by the tests");
}
