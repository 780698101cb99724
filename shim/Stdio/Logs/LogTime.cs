using System.Buffers.Text;

namespace Bulkhead.Shim.Stdio.Logs;

/// <summary>Time as logs have it.</summary>
/// <remarks>Go's time.RFC3339Nano in UTC: no zeros at the end of the fraction, and no fraction for a whole second.</remarks>
internal static class LogTime
{
    /// <summary>The longest that a time becomes.</summary>
    public const int Longest = 28;

    /// <summary>Writes a time.</summary>
    /// <param name="time">A time in UTC.</param>
    /// <param name="to">Room for <see cref="Longest"/> bytes.</param>
    /// <returns>How long it is.</returns>
    public static int Write(DateTime time, Span<byte> to)
    {
        // yyyy-MM-ddTHH:mm:ss.fffffffZ
        Utf8Formatter.TryFormat(time, to, out int length, 'O');
        length--;
        while (to[length - 1] == '0')
        {
            length--;
        }

        if (to[length - 1] == '.')
        {
            length--;
        }

        to[length++] = (byte)'Z';
        return length;
    }
}
