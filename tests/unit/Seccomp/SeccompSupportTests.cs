using System.Text;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>The tables for the features document name what a configuration can name.</summary>
[TestFixture]
internal sealed class SeccompSupportTests
{
    [Test]
    public void Each_table_has_every_value_of_the_specification()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SeccompSupport.Actions, Is.EquivalentTo(Spellings<LinuxSeccompAction, LinuxSeccompActionSpelling>()).And.Ordered);
            Assert.That(SeccompSupport.Operators, Is.EquivalentTo(Spellings<LinuxSeccompOperator, LinuxSeccompOperatorSpelling>()).And.Ordered);
            Assert.That(SeccompSupport.Architectures, Is.EquivalentTo(Spellings<LinuxSeccompArchitecture, LinuxSeccompArchitectureSpelling>()).And.Ordered);
            Assert.That(SeccompSupport.KnownFlags, Is.EquivalentTo(Spellings<LinuxSeccompFlag, LinuxSeccompFlagSpelling>()));
        });
    }

    [Test]
    public void Supported_flags_are_known() =>
        Assert.That(SeccompSupport.SupportedFlags(), Is.SubsetOf(SeccompSupport.KnownFlags).And.Contains("SECCOMP_FILTER_FLAG_LOG"));

    [Test]
    public void Architectures_have_numbers_of_their_own() =>
        Assert.That(Enum.GetValues<LinuxSeccompArchitecture>().Select(SeccompArchitectures.LibraryNumber), Is.Unique);

    private static string[] Spellings<TEnum, TSpelling>() where TEnum : struct, Enum where TSpelling : ISpelling<TEnum> =>
        [.. Enum.GetValues<TEnum>().Select(value => Encoding.UTF8.GetString(TSpelling.Of(value)))];
}
