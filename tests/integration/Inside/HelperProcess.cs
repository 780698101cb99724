using System.Diagnostics;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>A process of the host that sits in new namespaces until the test is over.</summary>
internal sealed class HelperProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="options">Of unshare(1): <c>--net</c>, <c>--user --map-root-user</c>. Not <c>--fork</c>.</param>
    public HelperProcess(params string[] options)
    {
        // It says when the namespaces are there, and ends with the test's end of its input.
        var start = new ProcessStartInfo("unshare", [.. options, "sh", "-c", "echo ready; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.StandardOutput.ReadLine();
        View = new HostProcess(_process.Id);
    }

    /// <summary>The process.</summary>
    public HostProcess View { get; }

    /// <summary>The path of one of its namespaces.</summary>
    public string Namespace(string type) => $"/proc/{_process.Id}/ns/{type}";

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
