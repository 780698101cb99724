using System.Text;
using NUnit.Framework;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>How a command of the shim ended, and what it printed until nobody could print any more.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Bytes">What came on stdout.</param>
/// <param name="Error">What came on stderr.</param>
public sealed record ShimAnswer(int ExitCode, byte[] Bytes, string Error)
{
    /// <summary>What came on stdout, as text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Fails the test unless the command succeeded.</summary>
    /// <returns>This answer.</returns>
    public ShimAnswer MustSucceed()
    {
        Assert.That(ExitCode, Is.Zero, $"stdout: {Text}\nstderr: {Error}");
        return this;
    }
}
