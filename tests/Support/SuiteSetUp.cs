using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>Before the first test of a suite: is there what the tests need. After the last: is anything left of what they made.</summary>
public abstract class SuiteSetUp
{
    private LeakCheck? _leaks;

    /// <summary>Before the first test.</summary>
    [OneTimeSetUp]
    public void Check()
    {
        Assert.That(Machine.IsRoot, Is.True, "these tests make real containers and need root");
        Assert.That(File.Exists(Repository.RuntimeBinary), Is.True, $"{Repository.RuntimeBinary} is missing: ./build.sh publish makes it");
        _leaks = LeakCheck.Start();
    }

    /// <summary>After the last.</summary>
    [OneTimeTearDown]
    public void Compare() => Assert.That(_leaks?.Growth() ?? [], Is.Empty, "left behind by the tests");
}
