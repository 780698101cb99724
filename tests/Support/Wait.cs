using System.Diagnostics;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>Waits for a condition, never for a time.</summary>
public static class Wait
{
    /// <summary>The time limit of a wait that names none.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(10);

    /// <summary>Polls until the condition holds; fails the test when it does not within the time limit.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="limit">How long at most.</param>
    /// <param name="description">What is waited for, in words: "container x to stop".</param>
    public static void Until(Func<bool> condition, TimeSpan limit, string description)
    {
        if (!Try(condition, limit))
        {
            Assert.Fail($"waited {limit.TotalSeconds:0.#} s in vain for {description}");
        }
    }

    /// <inheritdoc cref="Until(Func{bool}, TimeSpan, string)"/>
    public static void Until(Func<bool> condition, string description) => Until(condition, DefaultLimit, description);

    /// <summary>Polls until the condition holds or the time is over.</summary>
    /// <returns>Whether it holds.</returns>
    public static bool Try(Func<bool> condition, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > limit)
            {
                return false;
            }

            Thread.Sleep(clock.ElapsedMilliseconds < 100 ? 1 : 10);
        }

        return true;
    }
}
