using System.Globalization;

namespace Bulkhead.Runtime.Create;

/// <summary>Passes sockets that systemd gave to the runtime on to the container.</summary>
/// <remarks>sd_listen_fds(3); runc and crun do the same.</remarks>
internal static class SocketActivation
{
    private const int MostDescriptors = 1024;

    /// <summary>Adds to the environment what the container's program needs to know.</summary>
    /// <returns>How many descriptors, from 3 on, are passed on.</returns>
    public static int PassOn(List<string> environment)
    {
        // Both are inherited by whatever the one they were meant for starts: the number says for whom they are.
        if (Number("LISTEN_PID") != Environment.ProcessId || Number("LISTEN_FDS") is not { } count || count is <= 0 or > MostDescriptors)
        {
            return 0;
        }

        environment.RemoveAll(static variable => variable.StartsWith("LISTEN_", StringComparison.Ordinal));
        environment.Add(string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={count}"));
        environment.Add("LISTEN_PID=1");
        if (Environment.GetEnvironmentVariable("LISTEN_FDNAMES") is { } names)
        {
            environment.Add($"LISTEN_FDNAMES={names}");
        }

        return count;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
