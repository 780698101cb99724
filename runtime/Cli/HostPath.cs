using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Cli;

/// <summary>Paths that the caller gives, which mean what they would mean to the kernel in the caller's working directory.</summary>
internal static class HostPath
{
    /// <summary>The same place by an absolute path, or null for none given. Nothing is looked up: it need not exist.</summary>
    internal static string? MakeAbsolute(string? path) =>
        path is null || path.StartsWith('/') ? path : $"{WorkingDirectory.Read().TrimEnd('/')}/{path}";

    /// <summary>A directory by an absolute path that ends with its own name.</summary>
    /// <exception cref="Bulkhead.Linux.LinuxException">The path has ".." in it and there is no such directory.</exception>
    internal static string NameDirectory(string path)
    {
        // Only the kernel knows where ".." leads to, for what stands before it may be a symbolic link.
        return $"/{path}/".Contains("/../", StringComparison.Ordinal) ? Resolve(path) : Join(MakeAbsolute(path)!.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Resolve(string path)
    {
        using DirectoryHandle directory = DirectoryHandle.OpenPath(path);
        return SymbolicLink.Read(directory.ProcPath);
    }

    private static string Join(string[] parts)
    {
        string joined = "";
        foreach (string part in parts)
        {
            joined = part == "." ? joined : $"{joined}/{part}";
        }

        return joined.Length == 0 ? "/" : joined;
    }
}
