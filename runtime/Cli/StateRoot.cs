using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Cli;

/// <summary>Where the state of containers is kept if <c>--root</c> does not say.</summary>
internal static class StateRoot
{
    private const string OfTheSystem = "/run/bulkhead/runtime";

    /// <summary>The folder for the calling user.</summary>
    internal static string Default()
    {
        string? userDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(userDirectory) || !IsUnprivileged() ? OfTheSystem : $"{userDirectory}/bulkhead/runtime";
    }

    /// <summary>Whether a map of a user namespace is that of the first one, which maps every id to itself.</summary>
    /// <remarks>user_namespaces(7), <c>/proc/pid/uid_map</c>.</remarks>
    internal static bool IsIdentityMap(string map)
    {
        string[] fields = map.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields is ["0", "0", "4294967295"];
    }

    /// <summary>Whether the user has no say over the host: rootless podman runs as uid 0 of a user namespace, still as somebody.</summary>
    private static bool IsUnprivileged()
    {
        return ProcessIdentity.EffectiveUser != 0
            || (Environment.GetEnvironmentVariable("USER") != "root" && !IsIdentityMap(ReadUserMap()));
    }

    private static string ReadUserMap()
    {
        using FileDescriptor file = FileDescriptor.Open("/proc/self/uid_map", FileMode.Read);
        return Encoding.ASCII.GetString(file.ReadToEnd(1 << 16));
    }
}
