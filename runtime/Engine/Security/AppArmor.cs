using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Security;

/// <summary>The AppArmor security module.</summary>
internal static class AppArmor
{
    /// <summary>Requires that a profile can be had.</summary>
    /// <returns>The profile; null when it is the one for the unconfined on a machine without AppArmor.</returns>
    /// <exception cref="ContainerException">The machine has no AppArmor.</exception>
    public static string? Require(string profile)
    {
        if (IsEnabled())
        {
            return profile;
        }

        return profile == "unconfined" ? null : throw new ContainerException($"process.apparmorProfile: \"{profile}\" can't be had, apparmor is not enabled on this machine");
    }

    private static bool IsEnabled()
    {
        using DirectoryHandle root = DirectoryHandle.OpenPath("/");
        using FileDescriptor? file = root.TryOpenFile("sys/module/apparmor/parameters/enabled", FileMode.Read);
        Span<byte> answer = stackalloc byte[1];
        return file is not null && file.Read(answer) == 1 && answer[0] == 'Y';
    }
}
