using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>A tmpfs on the host for a test's time, with all that gets mounted below it.</summary>
internal sealed class HostMount : IDisposable
{
    /// <summary>Mounts it.</summary>
    /// <param name="path">A folder of the test's own.</param>
    /// <param name="options">Further arguments of mount(8): <c>--make-shared</c>, <c>-o</c>, <c>noexec</c>.</param>
    public HostMount(string path, params string[] options)
    {
        Path = path;
        Directory.CreateDirectory(path);
        Host.Run("mount", ["-t", "tmpfs", .. options, "bulkhead-test", path]).MustSucceed();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes a folder in it.</summary>
    public string Folder(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <summary>Whether the host has something mounted there.</summary>
    public static bool Has(string path) => MountEntry.Read("self").Any(mount => mount.MountPoint == path);

    /// <inheritdoc/>
    public void Dispose() => Host.Run("umount", "-R", "-l", Path).MustSucceed();
}
