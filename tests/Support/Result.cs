using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>How a command ended.</summary>
/// <param name="CommandLine">The command, for messages.</param>
/// <param name="ExitCode">Its exit code; 128 + n when signal n ended it.</param>
/// <param name="Output">What it wrote to stdout, without the line feeds at the end.</param>
/// <param name="Error">What it wrote to stderr, without the line feeds at the end.</param>
public sealed record Result(string CommandLine, int ExitCode, string Output, string Error)
{
    /// <summary>The lines of <see cref="Output"/>.</summary>
    public string[] Lines => Output.Split('\n');

    /// <summary>Fails the test, showing everything, if the command did not succeed.</summary>
    /// <returns>This result.</returns>
    public Result MustSucceed()
    {
        if (ExitCode != 0)
        {
            Assert.Fail($"expected success of {this}");
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{CommandLine}\nexit code: {ExitCode}\nstdout: {Output}\nstderr: {Error}";
}
