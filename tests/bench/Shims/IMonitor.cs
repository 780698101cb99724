using Bulkhead.Tests.Support;

namespace Bulkhead.Bench.Shims;

/// <summary>What stands between a manager and a container: a shim, or conmon.</summary>
internal interface IMonitor
{
    /// <summary>Its name in the tables.</summary>
    string Name { get; }

    /// <summary>Its path.</summary>
    string Binary { get; }

    /// <summary>Starts one with a container that runs.</summary>
    /// <param name="bundle">The container's bundle, which nobody else uses.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="log">The file that the output is copied to; empty for none.</param>
    IMonitored Start(TestBundle bundle, string id, string log);
}

/// <summary>One of them, with its container.</summary>
internal interface IMonitored : IDisposable
{
    /// <summary>Its process.</summary>
    HostProcess Process { get; }

    /// <summary>Returns when the container's program has ended and its output is copied.</summary>
    void WaitForEnd();
}
