using System.Runtime.InteropServices;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Native;
using static Bulkhead.Linux.Native.MemoryConstants;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>Keeps the program's own file on the host out of the reach of a process that it becomes.</summary>
/// <remarks>
/// <para>
/// A container whose program is <c>/proc/self/exe</c>, or a script with that as its interpreter, is the runtime's own
/// binary, and may open it, wait for its end and write to it: CVE-2019-5736. So the process is made to run from a second
/// mount of its file, a read-only one that is attached nowhere: whoever opens <c>/proc/self/exe</c> opens it through
/// that mount, and writing fails with EROFS.
/// </para>
/// <para>
/// Executing the file once more through that mount would do, and costs a whole start. Instead:
/// <list type="number">
/// <item>open_tree(2) makes the second mount, mount_setattr(2) makes it read-only, and the file is opened through it;</item>
/// <item>each part of the program in memory is replaced in place, at once, by the same bytes: pages that are as in the
/// file by a mapping of that file, pages that were written to by a copy without a file;</item>
/// <item>as nothing maps the old file any more, prctl(2), PR_SET_MM_MAP, lets the new one be the process's own.</item>
/// </list>
/// A child has what its parent has. Where the kernel does not let the process do that (before 5.12, without
/// CONFIG_CHECKPOINT_RESTORE, without privilege), the program is executed once more, from a sealed copy in memory.
/// </para>
/// </remarks>
public static class OwnBinary
{
    private const string Self = "/proc/self/exe";
    private const string PageMap = "/proc/self/pagemap";
    private const string Status = "/proc/self/stat";
    private const int StartStackField = 28;
    private const int StartArgumentsField = 48;
    private const int MostStatusBytes = 8192;

    /// <summary>Does it. May start the program anew with the same arguments, so nothing may have been changed before.</summary>
    /// <exception cref="LinuxException">As memfd_create(2) and execve(2): neither way is open.</exception>
    public static void Protect()
    {
        try
        {
            MoveToReadOnlyMount();
        }
        catch (LinuxException error) when (error.Error is Errno.EPERM or Errno.EACCES or Errno.EINVAL or Errno.ENOSYS)
        {
            if (!SealedCopy.IsRunning())
            {
                SealedCopy.Run();
            }
        }
    }

    private static void MoveToReadOnlyMount()
    {
        using DetachedMount mount = DetachedMount.CloneOf(Self, recursive: false);
        mount.MakeReadOnly();
        using FileDescriptor file = FileDescriptor.Open(mount.Root.ProcPath, FileMode.Read);
        using FileDescriptor pages = FileDescriptor.Open(PageMap, FileMode.Read);
        using FileDescriptor status = FileDescriptor.Open(Status, FileMode.Read);
        MemoryMap map = default;

        // Sound: the headers are those the kernel has given for this very program; addresses and lengths come from them
        // alone, and every page keeps its content and its protection.
        unsafe
        {
            ProgramHeader* headers = (ProgramHeader*)Libc.GetAuxVal(AT_PHDR);
            int count = (int)Libc.GetAuxVal(AT_PHNUM);
            ulong page = Libc.GetAuxVal(AT_PAGESZ);
            ulong start = FindBase(headers, count);
            for (int i = 0; i < count; i++)
            {
                if (headers[i].Type == ProgramHeader.PT_LOAD)
                {
                    Replace(headers[i], start, page, file, pages);
                    Note(headers[i], start, ref map);
                }
            }

            RestoreConstants(headers, count, start, page);
            map.StartBreak = map.Break = (ulong)Libc.SBrk(0);
            NoteStack(status.ReadToEnd(MostStatusBytes), ref map);
            map.ExeDescriptor = file.Number;
            LinuxException.Check(Libc.PrCtl(PR_SET_MM, PR_SET_MM_MAP, &map, (ulong)sizeof(MemoryMap), 0), "prctl", Self);
        }
    }

    private static unsafe ulong FindBase(ProgramHeader* headers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (headers[i].Type == ProgramHeader.PT_PHDR)
            {
                return (ulong)headers - headers[i].Address;
            }
        }

        // Without one the program has a fixed address.
        return 0;
    }

    private static unsafe void Replace(in ProgramHeader part, ulong start, ulong page, FileDescriptor file, FileDescriptor pages)
    {
        ulong begin = (start + part.Address) & ~(page - 1);
        ulong end = (start + part.Address + part.FileSize + page - 1) & ~(page - 1);
        ulong offset = part.Offset & ~(page - 1);
        int count = (int)((end - begin) / page);
        if ((part.Flags & ProgramHeader.PF_X) != 0)
        {
            // Code is as in the file: nothing here ever writes to it.
            CheckMapping(Libc.MMap((void*)begin, (nuint)(end - begin), Protection(part), MAP_PRIVATE | MAP_FIXED, file.Number, (long)offset));
            return;
        }

        ulong[] entries = new ulong[count];
        int read = pages.ReadAt(MemoryMarshal.AsBytes(entries.AsSpan()), (long)(begin / page * sizeof(ulong)));
        if (read != count * sizeof(ulong))
        {
            throw new LinuxException("read", PageMap, Errno.EIO);
        }

        for (int first = 0, last; first < count; first = last)
        {
            bool written = IsWritten(entries[first]);
            last = first + 1;
            while (last < count && IsWritten(entries[last]) == written)
            {
                last++;
            }

            void* place = (void*)(begin + ((ulong)first * page));
            nuint length = (nuint)((ulong)(last - first) * page);
            if (written)
            {
                ReplaceByCopy(place, length, Protection(part));
            }
            else
            {
                CheckMapping(Libc.MMap(place, length, Protection(part), MAP_PRIVATE | MAP_FIXED, file.Number, (long)(offset + ((ulong)first * page))));
            }
        }
    }

    private static unsafe void ReplaceByCopy(void* place, nuint length, int protection)
    {
        void* copy = Libc.MMap(null, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CheckMapping(copy);
        Buffer.MemoryCopy(place, copy, length, length);
        LinuxException.Check(Libc.MProtect(copy, length, protection), "mprotect", Self);
        CheckMapping(Libc.MRemap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, place));
    }

    /// <summary>Whether a page is there and is not the file's: Documentation/admin-guide/mm/pagemap.rst, bits 63, 62 and 61.</summary>
    private static bool IsWritten(ulong entry) => (entry >> 62) != 0 && (entry >> 61 & 1) == 0;

    private static int Protection(in ProgramHeader part) =>
        ((part.Flags & ProgramHeader.PF_R) != 0 ? PROT_READ : 0)
        | ((part.Flags & ProgramHeader.PF_W) != 0 ? PROT_WRITE : 0)
        | ((part.Flags & ProgramHeader.PF_X) != 0 ? PROT_EXEC : 0);

    /// <summary>What the loader has made read-only after relocation is that again: ld.so(8), <c>-z relro</c>.</summary>
    private static unsafe void RestoreConstants(ProgramHeader* headers, int count, ulong start, ulong page)
    {
        for (int i = 0; i < count; i++)
        {
            if (headers[i].Type == ProgramHeader.PT_GNU_RELRO)
            {
                ulong begin = (start + headers[i].Address) & ~(page - 1);
                ulong end = (start + headers[i].Address + headers[i].MemorySize) & ~(page - 1);
                LinuxException.Check(Libc.MProtect((void*)begin, (nuint)(end - begin), PROT_READ), "mprotect", Self);
            }
        }
    }

    /// <summary>The kernel wants to be told where code and data are; it only shows them in procfs.</summary>
    private static void Note(in ProgramHeader part, ulong start, ref MemoryMap map)
    {
        if ((part.Flags & ProgramHeader.PF_X) != 0)
        {
            (map.StartCode, map.EndCode) = (start + part.Address, start + part.Address + part.FileSize);
        }
        else if ((part.Flags & ProgramHeader.PF_W) != 0)
        {
            (map.StartData, map.EndData) = (start + part.Address, start + part.Address + part.FileSize);
        }
    }

    /// <summary>The command line and the environment stay where they are, so that <c>ps</c> goes on showing them.</summary>
    private static void NoteStack(ReadOnlySpan<byte> status, ref MemoryMap map)
    {
        map.StartStack = ProcessStatus.Field(status, StartStackField);
        map.StartArguments = ProcessStatus.Field(status, StartArgumentsField);
        map.EndArguments = ProcessStatus.Field(status, StartArgumentsField + 1);
        ProcessTitle.Note(map.StartArguments, map.EndArguments);
        map.StartEnvironment = ProcessStatus.Field(status, StartArgumentsField + 2);
        map.EndEnvironment = ProcessStatus.Field(status, StartArgumentsField + 3);
    }

    private static unsafe void CheckMapping(void* result)
    {
        if ((nint)result == MAP_FAILED)
        {
            throw new LinuxException("mmap", Self, LinuxException.LastError);
        }
    }
}
