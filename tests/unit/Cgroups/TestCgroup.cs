using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;

namespace Bulkhead.Tests.Unit.Cgroups;

/// <summary>A plain directory that stands for a cgroup: shows what is written, and how odd contents are read.</summary>
internal sealed class TestCgroup : IDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("bulkhead-cgroup-").FullName;

    private TestCgroup()
    {
        System.IO.Directory.CreateDirectory(System.IO.Path.Combine(_root, "c"));
        Directory = new CgroupDirectory(DirectoryHandle.Open(_root), "c");
    }

    internal CgroupDirectory Directory { get; }

    internal string Path => Directory.Path;

    /// <summary>A cgroup with these control files, empty.</summary>
    internal static TestCgroup With(params string[] files)
    {
        TestCgroup cgroup = new();
        foreach (string file in files)
        {
            cgroup.Put(file, "");
        }

        return cgroup;
    }

    internal TestCgroup Put(string file, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, file), content);
        return this;
    }

    internal string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    /// <summary>The files that something was written to, by name, with their content.</summary>
    internal Dictionary<string, string> Written()
    {
        Dictionary<string, string> written = [];
        foreach (string file in System.IO.Directory.GetFiles(Path))
        {
            if (File.ReadAllText(file) is { Length: > 0 } content)
            {
                written[System.IO.Path.GetFileName(file)] = content;
            }
        }

        return written;
    }

    public void Dispose()
    {
        Directory.Root.Dispose();
        System.IO.Directory.Delete(_root, recursive: true);
    }
}
