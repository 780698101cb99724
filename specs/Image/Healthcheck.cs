using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>How to see whether a container is well.</summary>
/// <remarks>moby, image specification 1.2, "Healthcheck".</remarks>
public sealed record Healthcheck : IJsonObject<Healthcheck>
{
    /// <summary>
    /// <c>NONE</c>, or <c>CMD</c> and a command, or <c>CMD-SHELL</c> and a line; absent or empty inherits.
    /// </summary>
    public string[]? Test { get; init; }

    /// <summary>Nanoseconds between two tests; 0 inherits.</summary>
    public long? Interval { get; init; }

    /// <summary>Nanoseconds after which a test has failed; 0 inherits.</summary>
    public long? Timeout { get; init; }

    /// <summary>Nanoseconds in which failures do not count; 0 inherits.</summary>
    public long? StartPeriod { get; init; }

    /// <summary>Nanoseconds between two tests in that time; 0 inherits.</summary>
    public long? StartInterval { get; init; }

    /// <summary>Failures in a row after which the container is unwell; 0 inherits.</summary>
    public int? Retries { get; init; }

    static Healthcheck IJsonObject<Healthcheck>.Read(ref JsonObjectReader reader)
    {
        string[]? test = null;
        long? interval = null;
        long? timeout = null;
        long? startPeriod = null;
        long? startInterval = null;
        int? retries = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("Test"u8)) { test = reader.ReadStrings(); }
            else if (reader.Is("Interval"u8)) { interval = reader.ReadInt64(); }
            else if (reader.Is("Timeout"u8)) { timeout = reader.ReadInt64(); }
            else if (reader.Is("StartPeriod"u8)) { startPeriod = reader.ReadInt64(); }
            else if (reader.Is("StartInterval"u8)) { startInterval = reader.ReadInt64(); }
            else if (reader.Is("Retries"u8)) { retries = reader.ReadInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new Healthcheck
        {
            Test = test,
            Interval = interval,
            Timeout = timeout,
            StartPeriod = startPeriod,
            StartInterval = startInterval,
            Retries = retries,
        };
    }

    void IJsonObject<Healthcheck>.Write(JsonObjectWriter writer)
    {
        writer.Write("Test"u8, Test);
        writer.Write("Interval"u8, Interval);
        writer.Write("Timeout"u8, Timeout);
        writer.Write("StartPeriod"u8, StartPeriod);
        writer.Write("StartInterval"u8, StartInterval);
        writer.Write("Retries"u8, Retries);
    }
}
