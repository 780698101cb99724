using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli;

/// <summary>Where the state of containers is kept if <c>--root</c> does not say.</summary>
internal static class StateRoot
{
    private const string OfTheSystem = "/run/bulkhead/runtime";

    /// <summary>The folder for the calling user.</summary>
    /// <exception cref="ContainerException">The user is not root and has no folder for such things.</exception>
    internal static string Default() =>
        For(ProcessIdentity.EffectiveUser, Namespaces.IsFirstUser, Environment.GetEnvironmentVariable("USER"), Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <summary>The folder for a user.</summary>
    /// <param name="user">The effective uid.</param>
    /// <param name="isFirstNamespace">Whether root is the machine's: rootless podman runs as uid 0 of a user namespace, still as somebody.</param>
    /// <param name="name">The user's name as the environment has it.</param>
    /// <param name="userDirectory">The user's own folder for such things; absent or empty: none.</param>
    /// <exception cref="ContainerException">The user is not root and has no such folder.</exception>
    internal static string For(uint user, Func<bool> isFirstNamespace, string? name, string? userDirectory)
    {
        if (string.IsNullOrEmpty(userDirectory))
        {
            return user == 0 ? OfTheSystem : throw new ContainerException("there is no folder for the state: set XDG_RUNTIME_DIR, or use --root");
        }

        bool isUser = user != 0 || (name != "root" && !isFirstNamespace());
        return isUser ? $"{userDirectory}/bulkhead/runtime" : OfTheSystem;
    }
}
