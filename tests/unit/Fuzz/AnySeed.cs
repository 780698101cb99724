using FsCheck;
using FsCheck.Fluent;

namespace Bulkhead.Tests.Unit.Fuzz;

/// <summary>Properties of what is made by chance. The seed is what a failure reports; it makes the same again.</summary>
internal static class AnySeed
{
    /// <summary>Checks a property that either returns false or throws where it does not hold.</summary>
    public static void Holds(Func<Random, bool> property, int tests = 400) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(tests),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))));

    /// <summary>One of several.</summary>
    public static T Pick<T>(this Random random, params T[] values) => values[random.Next(values.Length)];

    /// <summary>Some of several, in any order, any of them more than once.</summary>
    public static T[] PickSome<T>(this Random random, int most, params T[] values) =>
        [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => random.Pick(values))];
}
