using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Seccomp;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Security;

/// <summary>Compiled filters, a file each, so that libseccomp is needed once for a profile.</summary>
/// <remarks>
/// <para>
/// A file is named by the hash of its profile's key and holds a header of eight 32-bit numbers (magic, version, flags,
/// number of instructions, length of the key, 0, and the hash of all that follows as two), then the instructions in the
/// byte order of the machine, then the key. A program is used only if the key is, byte for byte, that of the profile that
/// is asked for: whoever can choose a profile can't make another container run under it by way of the hash.
/// </para>
/// <para>
/// Files are written under another name and renamed, so that readers and writers need no lock. Whatever is wrong with a
/// file, and whatever prevents one from being written, costs a compilation and nothing else.
/// </para>
/// </remarks>
/// <param name="directory">Where the files are: a directory of root's, with no other files in it.</param>
public sealed class SeccompCache(DirectoryHandle directory)
{
    /// <summary>How many files are kept; above it the oldest goes.</summary>
    public const int MostFiles = 64;

    private const uint Magic = 0x43534b42; // "BKSC" in a hex dump of a little-endian machine.
    private const uint Version = 1;
    private const int HeaderLength = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Gives the program of a profile, from the cache or else from the compiler.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="unknownCalls">As <see cref="SeccompCompiler.Compile"/> gives them; empty when nothing was compiled.</param>
    /// <exception cref="LinuxException">As <see cref="SeccompCompiler.Compile"/>.</exception>
    /// <exception cref="Specs.SpecException">As <see cref="SeccompCompiler.Compile"/>.</exception>
    public SeccompProgram Provide(SeccompProfile profile, out IReadOnlyList<string> unknownCalls)
    {
        byte[] key = SeccompKey.Of(profile);
        string name = SeccompKey.Hash(key).ToString("x16", CultureInfo.InvariantCulture);
        unknownCalls = [];
        if (Find(name, key) is { } found)
        {
            return found;
        }

        SeccompProgram program = SeccompCompiler.Compile(profile, out unknownCalls);
        Store(name, key, program);
        return program;
    }

    private SeccompProgram? Find(string name, byte[] key)
    {
        try
        {
            using FileDescriptor? file = directory.TryOpenFile(name, FileMode.Read);
            if (file?.Status() is not { Kind: FileKind.Regular } status
                || status.User != directory.Status().User
                || (status.Permissions & OthersWrite) != 0)
            {
                return null;
            }

            return Parse(file.ReadToEnd(HeaderLength + SeccompProgram.MostInstructions * BpfInstruction.SizeBytes + key.Length), key);
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    internal static SeccompProgram? Parse(ReadOnlySpan<byte> file, ReadOnlySpan<byte> key)
    {
        if (file.Length < HeaderLength)
        {
            return null;
        }

        ReadOnlySpan<byte> content = file[HeaderLength..];
        uint count = Number(file, 3);
        bool valid = Number(file, 0) == Magic
            && Number(file, 1) == Version
            && count is > 0 and <= SeccompProgram.MostInstructions
            && Number(file, 4) == key.Length
            && content.Length == count * BpfInstruction.SizeBytes + key.Length
            && BinaryPrimitives.ReadUInt64LittleEndian(file[24..]) == SeccompKey.Hash(content)
            && content[^key.Length..].SequenceEqual(key);
        return valid
            ? new SeccompProgram(MemoryMarshal.Cast<byte, BpfInstruction>(content[..^key.Length]).ToArray(), (SeccompLoadFlags)Number(file, 2))
            : null;
    }

    internal static byte[] Format(SeccompProgram program, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> instructions = MemoryMarshal.AsBytes(program.Instructions.AsSpan());
        byte[] file = new byte[HeaderLength + instructions.Length + key.Length];
        instructions.CopyTo(file.AsSpan(HeaderLength));
        key.CopyTo(file.AsSpan(HeaderLength + instructions.Length));
        ReadOnlySpan<uint> header = [Magic, Version, (uint)program.Flags, (uint)program.Instructions.Length, (uint)key.Length, 0];
        for (int index = 0; index < header.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(index * sizeof(uint)), header[index]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), SeccompKey.Hash(file.AsSpan(HeaderLength)));
        return file;
    }

    private void Store(string name, byte[] key, SeccompProgram program)
    {
        // Another process may write the same file at the same time: each has a name of its own to write under.
        string temporary = $".{name}.{Environment.ProcessId}";
        try
        {
            using (FileDescriptor file = directory.OpenFile(temporary, FileMode.CreateNew(OwnerOnly)))
            {
                file.Write(Format(program, key));
            }

            directory.Rename(temporary, name);
            RemoveOldest();
        }
        catch (LinuxException)
        {
            // A full disk, or a file of this name left behind by a crash: the next one that needs the program tries again.
        }
    }

    private void RemoveOldest()
    {
        List<string> names = directory.Names();
        if (names.Count <= MostFiles)
        {
            return;
        }

        string path = directory.ProcPath;
        string[] byAge = [.. names.OrderBy(name => File.GetLastWriteTimeUtc($"{path}/{name}"))];
        foreach (string name in byAge[..^MostFiles])
        {
            directory.Remove(name);
        }
    }

    private static uint Number(ReadOnlySpan<byte> header, int index) => BinaryPrimitives.ReadUInt32LittleEndian(header[(index * sizeof(uint))..]);
}
