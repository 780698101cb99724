using System.Runtime.InteropServices;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

/// <summary>A small disk of 64 KiB.</summary>
internal sealed partial class MountedTmpfs(string path) : IDisposable
{
    public static MountedTmpfs? TryMount(string path) => Mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 ? new MountedTmpfs(path) : null;

    public void Dispose() => _ = Unmount(path, 2);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
