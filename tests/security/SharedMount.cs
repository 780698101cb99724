namespace Bulkhead.Tests.Security;

/// <summary>
/// A part of the host that a container's mounts would show up in if they went there: a shared tmpfs, which passes on what
/// is mounted in it to the host.
/// </summary>
internal sealed class SharedMount : IDisposable
{
    /// <summary>Mounts it.</summary>
    public SharedMount(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
        Attack.Shell($"mount -t tmpfs --make-shared bulkhead-test {path} && mkdir {path}/target && echo host >{path}/target/file").MustSucceed();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What is mounted or has been made in it that was not there at first.</summary>
    public string[] Traces() =>
    [
        .. Attack.HostMounts().Where(point => point.StartsWith(Path + "/", StringComparison.Ordinal)),
        .. Attack.Contents(Path).Where(path => path != Path + "/target" && path != Path + "/target/file"),
    ];

    /// <inheritdoc/>
    public void Dispose() => Attack.Shell($"umount -R -l {Path}").MustSucceed();
}
