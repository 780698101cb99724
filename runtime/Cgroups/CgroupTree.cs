using System.Globalization;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups;

/// <summary>A cgroup directory with all that is below it.</summary>
internal static class CgroupTree
{
    private const int MostAttempts = 10;

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
        AddProcesses(directory, processes);
        return [.. processes];
    }

    /// <summary>Removes the directories, deepest first; one that is missing is fine.</summary>
    /// <remarks>A process that has just ended keeps its cgroup busy for a moment, so EBUSY is tried again for about a second.</remarks>
    /// <exception cref="LinuxException">EBUSY: there are processes in it still. Others as unlinkat(2).</exception>
    internal static void Remove(CgroupDirectory directory)
    {
        if (TryRemove(directory) is null)
        {
            return;
        }

        foreach (string child in Children(directory))
        {
            Remove(directory.Below(child));
        }

        TimeSpan pause = TimeSpan.FromMilliseconds(1);
        for (int attempt = 1; TryRemove(directory) is { } busy; attempt++)
        {
            if (attempt == MostAttempts)
            {
                throw busy;
            }

            Thread.Sleep(pause);
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

    // A process outside of the caller's pid namespace shows as 0.
    private static void AddProcesses(CgroupDirectory directory, SortedSet<int> processes)
    {
        if (ReadProcesses(directory) is not { } text)
        {
            return;
        }

        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                processes.Add(pid);
            }
        }

        foreach (string child in Children(directory))
        {
            AddProcesses(directory.Below(child), processes);
        }
    }

    private static string? ReadProcesses(CgroupDirectory directory)
    {
        try
        {
            return directory.TryRead("cgroup.procs");
        }
        catch (LinuxException error) when (error.Error is Errno.EOPNOTSUPP)
        {
            // A threaded cgroup: its processes are counted to the root of the threaded tree.
            return directory.TryRead("cgroup.threads");
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

    private static List<string> Children(CgroupDirectory directory)
    {
        List<string> children = [];
        using DirectoryHandle? handle = directory.Root.TryOpenDirectory(directory.Place);

        // A directory's links are its own two names and a ".." for each directory in it; 1 where that is not counted.
        if (handle is null || handle.Status().Links == 2)
        {
            return children;
        }

        foreach (string name in handle.Names())
        {
            if (handle.StatusOf(name) is { IsDirectory: true })
            {
                children.Add(name);
            }
        }

        return children;
    }
}
