namespace Bulkhead.Tests.Support;

/// <summary>A folder of a test's own, readable by everyone (a user namespace's root has to get in); removed at the end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>
    /// What every name begins with that a test makes known to the machine: folders, ids, and so cgroups. It is another in
    /// each test run (<c>BULKHEAD_TEST_RUN</c>, when a runner counts several projects as one), so that two at once keep apart.
    /// </summary>
    public static readonly string Prefix =
        $"bulkhead-test-{Environment.GetEnvironmentVariable(RunVariable) ?? Guid.NewGuid().ToString("N")[..6]}-";

    /// <summary>The environment variable with the name of the test run.</summary>
    public const string RunVariable = "BULKHEAD_TEST_RUN";

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the folder.</summary>
    public TemporaryFolder()
    {
        // Short: a unix socket's path may have 107 bytes.
        Name = Prefix + Guid.NewGuid().ToString("N")[..12];
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), Name);
        Directory.CreateDirectory(Path, Mode);
    }

    /// <summary>The folder's own name, fit to be a container's id.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The path of something in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a folder in it.</summary>
    /// <returns>Its path.</returns>
    public string Folder(string name) => Directory.CreateDirectory(File(name), Mode).FullName;

    /// <summary>Writes a file in it.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    /// <summary>Removes the folder; refuses while something is mounted below it, for that would be removed as well.</summary>
    public void Dispose()
    {
        string[] mounts = MountEntry.Read("self").Select(mount => mount.MountPoint)
            .Where(point => point == Path || point.StartsWith(Path + "/", StringComparison.Ordinal)).ToArray();
        if (mounts.Length > 0)
        {
            throw new InvalidOperationException($"still mounted: {string.Join(", ", mounts)}");
        }

        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
