using System.Diagnostics;

namespace Bulkhead.Cgroups.V1;

/// <summary>Stops and continues all tasks of a cgroup: the cgroup v1 <c>freezer</c> controller.</summary>
/// <remarks>kernel, cgroup-v1/freezer-subsystem.rst.</remarks>
internal static class FreezerController
{
    private const string File = "freezer.state";
    private const int MostAttempts = 1000;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(10);

    internal static void Set(CgroupDirectory directory, bool frozen)
    {
        if (!frozen)
        {
            directory.Write(File, "THAWED");
            return;
        }

        bool done = false;
        try
        {
            done = TryFreeze(directory);
        }
        finally
        {
            // Half frozen is the worst of all states: nobody would look for it.
            if (!done)
            {
                directory.Write(File, "THAWED");
            }
        }

        if (!done)
        {
            throw new CgroupException($"freeze {directory.Path}: still not frozen after {MostAttempts} attempts");
        }
    }

    /// <summary>Whether the cgroup itself was told to freeze, and not only one above it.</summary>
    internal static bool IsFrozen(CgroupDirectory directory)
    {
        long start = Stopwatch.GetTimestamp();
        string? state = directory.TryRead(File);
        while (state == "FREEZING" && Stopwatch.GetElapsedTime(start) < ReadLimit)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(1));
            state = directory.TryRead(File);
        }

        return state is "FROZEN" or "FREEZING" && directory.TryRead("freezer.self_freezing") is null or "1";
    }

    /// <summary>
    /// A v1 cgroup in which processes come into being while it is frozen can stay FREEZING for ever; writing FROZEN again
    /// takes the new ones in, and thawing now and then lets those go on that the others wait for.
    /// </summary>
    private static bool TryFreeze(CgroupDirectory directory)
    {
        for (int attempt = 1; attempt <= MostAttempts; attempt++)
        {
            if (attempt % 50 == 0)
            {
                directory.Write(File, "THAWED");
                Thread.Sleep(TimeSpan.FromMilliseconds(10));
            }

            directory.Write(File, "FROZEN");
            if (attempt % 25 == 0)
            {
                Thread.Sleep(TimeSpan.FromMicroseconds(10));
            }

            if (directory.TryRead(File) == "FROZEN")
            {
                return true;
            }
        }

        return false;
    }
}
