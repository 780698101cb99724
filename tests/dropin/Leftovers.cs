using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn;

/// <summary>What is on the machine when a client's containers are gone.</summary>
internal static class Leftovers
{
    private static readonly EnumerationOptions s_everywhere = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>
    /// Removes the cgroup that a client was told to keep its containers in, and what the client itself made there, which
    /// no client does; fails the test if a container's cgroup is there, or anything else bears the name.
    /// </summary>
    /// <param name="name">The cgroup's name, which is the test's folder's too.</param>
    /// <param name="isClients">Tells by the name whether a cgroup in it is the client's own; absent: none is.</param>
    public static void MustBeNone(string name, Func<string, bool>? isClients = null)
    {
        foreach (string parent in CgroupLayout.Here.MountPoints.Select(mount => Path.Combine(mount, name)).Where(Directory.Exists))
        {
            // What has just ended takes its cgroups with it a moment later.
            Wait.Try(() => TryRemove(parent, isClients ?? (_ => false)), TimeSpan.FromSeconds(2));
        }

        string[] left = LeakCheck.Sweep(name);
        if (left.Length > 0)
        {
            Assert.Fail($"left behind:\n{string.Join('\n', left)}");
        }
    }

    private static bool TryRemove(string parent, Func<string, bool> isClients)
    {
        try
        {
            foreach (string cgroup in Directory.EnumerateDirectories(parent, "*", s_everywhere).OrderByDescending(path => path.Length)
                .Where(path => isClients(Path.GetFileName(path))).Append(parent))
            {
                Directory.Delete(cgroup);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
