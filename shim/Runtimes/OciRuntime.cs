using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Proto.Containerd.Runc;

namespace Bulkhead.Shim.Runtimes;

/// <summary>An OCI runtime, known by its command line alone: which binary, and what every call of it begins with.</summary>
/// <param name="Program">The binary's absolute path.</param>
/// <param name="Root">Where it keeps its state.</param>
/// <param name="IsSystemdCgroup">Whether systemd is to make the cgroups.</param>
internal sealed record OciRuntime(string Program, string Root, bool IsSystemdCgroup)
{
    private const string DefaultRoot = "/run/bulkhead/runtime";
    private const string OwnName = "runtime";

    /// <summary>The runtime that options ask for; without a name, Bulkhead's own, beside the shim or in the PATH.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such binary.</exception>
    public static OciRuntime From(Options options, string containerNamespace) => new(
        Find(options.BinaryName),
        $"{(options.Root.Length > 0 ? options.Root : DefaultRoot)}/{containerNamespace}",
        options.SystemdCgroup);

    /// <summary>A call of the runtime.</summary>
    /// <param name="log">The file that it writes its errors to.</param>
    /// <param name="command">The command with its arguments.</param>
    public SpawnPlan Call(string log, params ReadOnlySpan<string> command)
    {
        List<string> arguments = [Program, "--root", Root, "--log", log, "--log-format", "json"];
        if (IsSystemdCgroup)
        {
            arguments.Add("--systemd-cgroup");
        }

        arguments.AddRange(command);
        return new SpawnPlan { Program = Program, Arguments = [.. arguments], Environment = PathSearch.OwnEnvironment() };
    }

    private static string Find(string name)
    {
        if (name.StartsWith('/'))
        {
            return IsFile(name) ? name : throw new LinuxException("find", $"the OCI runtime \"{name}\"", Errno.ENOENT);
        }

        string shim = SymbolicLink.Read("/proc/self/exe");
        string beside = $"{shim[..shim.LastIndexOf('/')]}/{OwnName}";
        if (name.Length == 0 && IsFile(beside))
        {
            return beside;
        }

        string wanted = name.Length == 0 ? OwnName : name;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsFile($"{folder}/{wanted}"))
            {
                return $"{folder}/{wanted}";
            }
        }

        throw new LinuxException("find", $"the OCI runtime \"{wanted}\" in the PATH", Errno.ENOENT);
    }

    private static bool IsFile(string path)
    {
        using FileDescriptor? file = FileDescriptor.TryOpen(path, Linux.Files.FileMode.PathOnly);
        return file?.Status().Kind == FileKind.Regular;
    }
}
