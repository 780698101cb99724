using Bulkhead.Linux;

namespace Bulkhead.Cgroups.V2;

/// <summary>Makes controllers reach a cgroup: each has to be enabled in every cgroup above it.</summary>
/// <remarks>kernel, cgroup-v2.rst, "Controlling Controllers".</remarks>
internal static class SubtreeControl
{
    private const string Control = "cgroup.subtree_control";

    /// <summary>Enables controllers in all cgroups above one, from the mount's root down; what can't be enabled stays away.</summary>
    /// <param name="cgroup">The cgroup; the directories above it exist.</param>
    /// <param name="wanted">The controllers; null for all that there are.</param>
    /// <returns>Why a controller could not be enabled, or null.</returns>
    internal static string? Enable(CgroupDirectory cgroup, string[]? wanted)
    {
        string? obstacle = null;
        string place = "";
        while (place != cgroup.Place)
        {
            CgroupDirectory above = new(cgroup.Root, place);
            obstacle = EnableIn(above, wanted) ?? obstacle;
            int slash = cgroup.Place.IndexOf('/', place.Length == 0 ? 0 : place.Length + 1);
            place = slash < 0 ? cgroup.Place : cgroup.Place[..slash];
        }

        return obstacle;
    }

    /// <summary>Whether a word is in a list with spaces in between.</summary>
    internal static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> word)
    {
        foreach (Range range in list.Split(' '))
        {
            if (list[range].SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }

    private static string? EnableIn(CgroupDirectory above, string[]? wanted)
    {
        string available = above.TryRead("cgroup.controllers") ?? "";
        string enabled = above.TryRead(Control) ?? "";
        if (available == enabled)
        {
            return null;
        }

        List<string> missing = [];
        foreach (string controller in wanted ?? available.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Contains(available, controller) && !Contains(enabled, controller))
            {
                missing.Add($"+{controller}");
            }
        }

        if (missing.Count == 0 || TryEnable(above, string.Join(' ', missing)) is not { } failure)
        {
            return null;
        }

        // All or nothing is how the kernel takes a line; one that can't be had must not cost the others. The reason is that
        // of the first refusal: a cgroup with processes in it, say, becomes a threaded one by what can be enabled.
        for (int i = 0; i < missing.Count && missing.Count > 1; i++)
        {
            TryEnable(above, missing[i]);
        }

        return failure;
    }

    private static string? TryEnable(CgroupDirectory above, string controllers)
    {
        try
        {
            above.Write(Control, controllers);
            return null;
        }
        catch (LinuxException error)
        {
            return error.Error is Errno.EBUSY ? $"{above.Path} holds processes itself: {error.Message}" : error.Message;
        }
    }
}
