using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>spec</c> writes a configuration to start from into a bundle.</summary>
internal static class SpecCommand
{
    internal const string Help = """
        usage: runtime spec [options]

        Writes a config.json to start from; one that exists is not replaced.

          --bundle PATH, -b     the bundle; default: the current directory
          --rootless            for a user without privileges

        """;

    private const string FileName = "config.json";
    private const long CGROUP2_SUPER_MAGIC = 0x63677270;
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    internal static int Run(ReadOnlySpan<string> arguments)
    {
        (string bundle, bool rootless) = Parse(arguments);
        (uint Uid, uint Gid)? user = rootless ? (ProcessIdentity.EffectiveUser, ProcessIdentity.EffectiveGroup) : null;
        using DirectoryHandle directory = DirectoryHandle.Open(bundle);
        using FileDescriptor file = Create(directory);
        file.Write(StarterDocument.Write(IsUnifiedCgroup(), user));
        return ExitCode.Success;
    }

    internal static (string Bundle, bool Rootless) Parse(ReadOnlySpan<string> arguments)
    {
        string? bundle = null;
        bool rootless = false;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("bundle", 'b')) { bundle = reader.ReadText(); }
            else if (reader.Is("rootless")) { rootless = reader.ReadSwitch(); }
            else { throw reader.Unknown(); }
        }

        reader.RefuseOperands("spec");
        return (bundle ?? ".", rootless);
    }

    private static FileDescriptor Create(DirectoryHandle bundle)
    {
        try
        {
            return bundle.OpenFile(FileName, FileMode.CreateNew(Permissions));
        }
        catch (LinuxException error) when (error.Error == Errno.EEXIST)
        {
            throw new UsageException($"{bundle.PathOf(FileName)} exists; remove it first");
        }
    }

    private static bool IsUnifiedCgroup()
    {
        try
        {
            using DirectoryHandle cgroup = DirectoryHandle.Open("/sys/fs/cgroup");
            return cgroup.FileSystemType() == CGROUP2_SUPER_MAGIC;
        }
        catch (LinuxException)
        {
            // No cgroups at all are no unified ones.
            return false;
        }
    }
}
