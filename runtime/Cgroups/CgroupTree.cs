using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;

namespace Bulkhead.Cgroups;

/// <summary>A cgroup directory with all that is below it.</summary>
internal static class CgroupTree
{
    /// <summary>Makes a directory and those above it that are missing.</summary>
    /// <param name="directory">Which.</param>
    /// <param name="parents">Gets those above it that were made, outermost first.</param>
    /// <returns>The paths of all that was made, from the directory's root.</returns>
    /// <exception cref="CgroupException">The caller may not make cgroups here.</exception>
    internal static List<string> Make(CgroupDirectory directory, List<CgroupDirectory> parents)
    {
        try
        {
            List<string> places = directory.Make();
            foreach (string place in places)
            {
                if (place != directory.Place)
                {
                    parents.Add(new CgroupDirectory(directory.Root, place));
                }
            }

            return places;
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES or Errno.EPERM or Errno.EROFS)
        {
            throw new CgroupException($"create the cgroup {directory.Path}: {error.Message}; it takes root, or a cgroup delegated to the user", error);
        }
    }

    /// <summary>Takes back the parents that <see cref="Make"/> made, innermost first, as far as nobody uses them.</summary>
    internal static void RemoveParents(List<CgroupDirectory> parents)
    {
        for (int i = parents.Count - 1; i >= 0; i--)
        {
            RemoveIfEmpty(parents[i]);
        }

        parents.Clear();
    }

    /// <summary>Moves a process.</summary>
    /// <remarks>EINVAL: the process is so new that it has not run yet; tried again for about 0.1 seconds.</remarks>
    internal static void AddProcess(CgroupDirectory directory, string pid)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                directory.Write("cgroup.procs", pid);
                return;
            }
            catch (LinuxException error) when (error.Error is Errno.EINVAL && attempt < 5)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds(30));
            }
        }
    }

    /// <summary>The processes in a cgroup and below it, ascending.</summary>
    internal static List<int> Processes(CgroupDirectory directory)
    {
        SortedSet<int> processes = [];
        using DirectoryHandle? top = directory.Root.TryOpenDirectory(directory.Place);
        if (top is null)
        {
            return [];
        }

        AddProcesses(top, processes);
        using DirectoryWalk below = new(top);
        while (below.MoveNext())
        {
            AddProcesses(below.Current, processes);
        }

        return [.. processes];
    }

    /// <summary>Removes the directories, deepest first; one that is missing is fine.</summary>
    /// <remarks>
    /// A process that has just ended keeps its cgroup busy for a moment, so EBUSY is tried again for about a second in all.
    /// </remarks>
    /// <exception cref="LinuxException">EBUSY: there are processes in it still. Others as unlinkat(2).</exception>
    internal static void Remove(CgroupDirectory directory)
    {
        if (TryRemove(directory) is null)
        {
            return;
        }

        TimeSpan patience = TimeSpan.FromSeconds(1);
        using (DirectoryHandle? top = directory.Root.TryOpenDirectory(directory.Place))
        {
            if (top is null)
            {
                return;
            }

            using DirectoryWalk below = new(top);
            while (below.MoveNext())
            {
                RemoveWhenFree(below.TryRemove, ref patience);
            }
        }

        RemoveWhenFree(() => TryRemove(directory), ref patience);
    }

    private static void RemoveWhenFree(Func<LinuxException?> tryRemove, ref TimeSpan patience)
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(1);
        while (tryRemove() is { } busy)
        {
            if (patience <= TimeSpan.Zero)
            {
                throw busy;
            }

            Thread.Sleep(pause);
            patience -= pause;
            pause *= 2;
        }
    }

    private static void RemoveIfEmpty(CgroupDirectory directory)
    {
        try
        {
            TryRemove(directory);
        }
        catch (LinuxException error) when (error.Error is Errno.EACCES or Errno.EPERM or Errno.EROFS)
        {
            // Left in place: whoever asked is in the middle of reporting something else.
        }
    }

    private static void AddProcesses(DirectoryHandle directory, SortedSet<int> processes)
    {
        CgroupDirectory cgroup = new(directory, "");
        try
        {
            AddNumbers(cgroup.TryRead("cgroup.procs"), processes);
        }
        catch (LinuxException error) when (error.Error is Errno.EOPNOTSUPP)
        {
            // A threaded cgroup: of its processes other threads may be elsewhere, so that only the threads can be listed.
            SortedSet<int> threads = [];
            AddNumbers(cgroup.TryRead("cgroup.threads"), threads);
            foreach (int thread in threads)
            {
                if (ThreadGroup.TryFind(thread) is { } process)
                {
                    processes.Add(process);
                }
            }
        }
    }

    // What is outside of the caller's pid namespace shows as 0.
    private static void AddNumbers(string? text, SortedSet<int> numbers)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0)
            {
                numbers.Add(number);
            }
        }
    }

    private static LinuxException? TryRemove(CgroupDirectory directory)
    {
        try
        {
            directory.Root.RemoveDirectory(directory.Place);
            return null;
        }
        catch (LinuxException error) when (error.Error is Errno.EBUSY or Errno.ENOTEMPTY)
        {
            return error;
        }
    }
}
