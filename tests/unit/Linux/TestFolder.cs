using Bulkhead.Linux.Files;

namespace Bulkhead.Tests.Unit.Linux;

/// <summary>A temporary folder with a root that hostile links may lead out of, and a place beside it that nothing may reach.</summary>
internal sealed class TestFolder : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _path = Directory.CreateTempSubdirectory("bulkhead-linux-").FullName;

    internal TestFolder()
    {
        Directory.CreateDirectory(Root, Private);
        Directory.CreateDirectory(Outside, Private);
        File.WriteAllText(Path.Combine(Outside, "secret"), "outside");
        Handle = DirectoryHandle.Open(Root);
    }

    internal string Root => $"{_path}/root";

    internal string Outside => $"{_path}/outside";

    internal DirectoryHandle Handle { get; }

    internal RootedLookup Lookup => new(Handle);

    /// <summary>Whether the place beside the root still holds what it held at first, and nothing else.</summary>
    internal bool IsOutsideUntouched =>
        Directory.GetFileSystemEntries(Outside) is [var only] && File.ReadAllText(only) == "outside" && Directory.GetFileSystemEntries(_path).Length == 2;

    internal TestFolder WithFile(string path, string content)
    {
        WithDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText($"{Root}/{path}", content);
        return this;
    }

    internal TestFolder WithDirectory(string path)
    {
        Directory.CreateDirectory($"{Root}/{path}");
        return this;
    }

    internal TestFolder WithLink(string path, string target)
    {
        WithDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink($"{Root}/{path}", target.Replace("{outside}", Outside, StringComparison.Ordinal));
        return this;
    }

    internal string Read(string path) => File.ReadAllText($"{Root}/{path}");

    /// <summary>Where a descriptor leads to, below the root.</summary>
    internal string PlaceOf(FileDescriptor descriptor)
    {
        string target = new FileInfo($"/proc/self/fd/{descriptor.Number}").LinkTarget!;
        return target.StartsWith(Root, StringComparison.Ordinal) ? target[Root.Length..] : $"outside: {target}";
    }

    /// <summary>All that is below the root, without following links, sorted.</summary>
    internal string[] Everything()
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = 0, ReturnSpecialDirectories = false };
        return [.. Directory.EnumerateFileSystemEntries(Root, "*", all).Select(path => path[(Root.Length + 1)..]).Order(StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        Handle.Dispose();
        Directory.Delete(_path, recursive: true);
    }
}
