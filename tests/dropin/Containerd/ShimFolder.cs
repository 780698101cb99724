using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>A folder for the beginning of a daemon's PATH, with the shim under test as containerd looks for it.</summary>
internal static class ShimFolder
{
    /// <summary>Where shims have their sockets, which is not the daemon's to say.</summary>
    public const string Run = "/run/bulkhead";

    /// <summary>Makes the folder; with runc's own shim it is empty.</summary>
    /// <returns>Its path.</returns>
    public static string Create(TemporaryFolder folder, ShimKind kind)
    {
        string path = folder.Folder("bin");
        if (kind == ShimKind.Runc)
        {
            return path;
        }

        // A copy, so that it is known by its folder; and beside it the runtime that it calls when none is named.
        Assert.That(File.Exists(Repository.ShimBinary), Is.True, $"{Repository.ShimBinary} is missing: ./build.sh publish makes it");
        File.Copy(Repository.ShimBinary, Path.Combine(path, "shim"));
        File.CreateSymbolicLink(Path.Combine(path, "runtime"), Repository.RuntimeBinary);
        string name = Path.Combine(path, kind == ShimKind.InPlace ? "containerd-shim-runc-v2" : "containerd-shim-bulkhead-v2");
        if (kind == ShimKind.Version3)
        {
            File.WriteAllText(name, $"#!/bin/sh\nMAX_SHIM_VERSION=3 exec {path}/shim \"$@\"\n");
            File.SetUnixFileMode(name, (UnixFileMode)0b111_101_101);
        }
        else
        {
            File.CreateSymbolicLink(name, "shim");
        }

        return path;
    }

    /// <summary>The sockets there are, of the shims that a process's mount namespace shows.</summary>
    public static string[] Sockets(HostProcess process)
    {
        string folder = process.InRoot(Run + "/s");
        return Directory.Exists(folder) ? [.. Directory.GetFileSystemEntries(folder).Where(path => Path.GetFileName(path) != "lock")] : [];
    }
}
