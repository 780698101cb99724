using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>A file that exists only as long as a descriptor of it.</summary>
/// <remarks>memfd_create(2).</remarks>
public static class MemoryFile
{
    private const ulong MFD_CLOEXEC = 1;
    private const int SEEK_SET = 0;

    /// <summary>Makes an empty one.</summary>
    /// <param name="name">A name that only shows in <c>/proc</c>.</param>
    /// <exception cref="LinuxException">As memfd_create(2).</exception>
    public static FileDescriptor Create(string name) =>
        new((int)LinuxException.Check(Libc.MemFdCreate(SystemCall.MemFdCreate, name, MFD_CLOEXEC), "memfd_create", name), name);

    /// <summary>Makes one that holds something, ready to be read from its start.</summary>
    /// <exception cref="LinuxException">As memfd_create(2) and write(2).</exception>
    public static FileDescriptor With(string name, ReadOnlySpan<byte> content)
    {
        FileDescriptor file = Create(name);
        file.Write(content);
        Rewind(file);
        return file;
    }

    /// <summary>Goes back to the start.</summary>
    /// <exception cref="LinuxException">As lseek(2).</exception>
    public static void Rewind(FileDescriptor file) => LinuxException.Check(Libc.LSeek(file.Number, 0, SEEK_SET), "lseek", file.Path);
}
