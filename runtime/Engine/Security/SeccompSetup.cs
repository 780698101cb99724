using Bulkhead.Linux.Files;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Linux.Sockets;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>The parent's part in a container's filter of system calls.</summary>
internal static class SeccompSetup
{
    // No container can have that id.
    private const string CacheFolder = "@seccomp";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Compiles a profile, or takes it from the cache under the state root; null when there is none.</summary>
    public static SeccompProgram? Provide(LinuxSeccomp? profile, DirectoryHandle stateRoot, EngineLog log)
    {
        if (profile is null)
        {
            return null;
        }

        stateRoot.MakeDirectory(CacheFolder, Private);
        using DirectoryHandle cache = stateRoot.OpenDirectory(CacheFolder);
        SeccompProgram program = new SeccompCache(cache).Provide(SeccompProfile.From(profile), out IReadOnlyList<string> unknown);
        if (unknown.Count > 0)
        {
            log.Debug?.Invoke($"seccomp: system calls that the library does not know are left out: {string.Join(' ', unknown)}");
        }

        return program;
    }

    /// <summary>Gives the descriptor on which the kernel announces system calls to whoever listens at the profile's path.</summary>
    /// <remarks>runtime-spec, config-linux.md, "The Container Process State".</remarks>
    public static void SendListener(LinuxSeccomp profile, FileDescriptor listener, State state)
    {
        ContainerProcessState document = new()
        {
            OciVersion = state.OciVersion,
            Fds = [ContainerProcessState.SeccompDescriptor],
            Pid = state.Pid ?? 0,
            Metadata = profile.ListenerMetadata,
            State = state,
        };
        using UnixSocket socket = UnixSocket.Connect(profile.ListenerPath!);
        socket.Send(SpecJson.Write(document), listener);
    }
}
