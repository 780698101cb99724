using System.Globalization;

namespace Bulkhead.Runtime.Cli;

/// <summary>Points in time as callers read them.</summary>
internal static class Timestamp
{
    /// <summary>RFC 3339 with as many digits of a second as there are, like Go's RFC3339Nano: <c>2025-01-02T03:04:05.6Z</c>.</summary>
    /// <param name="time">UTC.</param>
    internal static string Format(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
