using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Shim;

/// <summary>Calls that have to fail.</summary>
internal static class Failure
{
    /// <summary>Waits for a call's failure and checks its code, and that it says what is wrong in one line.</summary>
    /// <param name="call">The call.</param>
    /// <param name="code">The code it has to fail with.</param>
    /// <param name="words">What its message has to say.</param>
    public static async Task Of(Task call, TtrpcCode code, params string[] words)
    {
        try
        {
            await call;
        }
        catch (TtrpcException error)
        {
            Assert.That(error.Code, Is.EqualTo(code), error.Message);
            Assert.That(error.Message, Is.Not.Empty.And.Not.Contains('\n'));
            foreach (string word in words)
            {
                Assert.That(error.Message, Does.Contain(word));
            }

            return;
        }

        Assert.Fail($"the call has succeeded instead of {code}");
    }
}
