using System.Diagnostics;
using System.Globalization;

namespace Bulkhead.Runtime.Containers;

/// <summary>Where the engine tells what it did, beside the errors that it throws.</summary>
public sealed class EngineLog
{
    private long _mark = Stopwatch.GetTimestamp();

    /// <summary>Takes a line that only someone who looks for a fault wants; null when nobody does.</summary>
    public Action<string>? Debug { get; init; }

    /// <summary>Takes a line that the user should know although the operation went on.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Tells, when debugging, how long it is since the last phase ended.</summary>
    public void EndPhase(string name)
    {
        if (Debug is { } debug)
        {
            long now = Stopwatch.GetTimestamp();
            double milliseconds = Stopwatch.GetElapsedTime(_mark, now).TotalMilliseconds;
            debug(string.Create(CultureInfo.InvariantCulture, $"phase {name} {milliseconds:F3} ms"));
            _mark = Stopwatch.GetTimestamp();
        }
    }
}
