using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>getauxval(3).</summary>
    [LibraryImport(Library, EntryPoint = "getauxval")]
    internal static partial ulong GetAuxVal(ulong type);

    /// <summary>mmap(2).</summary>
    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static unsafe partial void* MMap(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    /// <summary>munmap(2).</summary>
    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static unsafe partial int MUnmap(void* address, nuint length);

    /// <summary>mremap(2).</summary>
    [LibraryImport(Library, EntryPoint = "mremap", SetLastError = true)]
    internal static unsafe partial void* MRemap(void* oldAddress, nuint oldSize, nuint newSize, int flags, void* newAddress);

    /// <summary>mprotect(2).</summary>
    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    internal static unsafe partial int MProtect(void* address, nuint length, int protection);

    /// <summary>sbrk(2).</summary>
    [LibraryImport(Library, EntryPoint = "sbrk")]
    internal static unsafe partial void* SBrk(nint increment);

    /// <summary>malloc_trim(3).</summary>
    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    internal static partial int MAllocTrim(nuint pad);

    /// <summary>prctl(2) with a pointer as its second operand.</summary>
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    internal static unsafe partial int PrCtl(int operation, ulong argument2, void* argument3, ulong argument4, ulong argument5);
}

/// <summary>Elf64_Phdr of elf(5).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgramHeader
{
    internal uint Type;
    internal uint Flags;
    internal ulong Offset;
    internal ulong Address;
    internal ulong PhysicalAddress;
    internal ulong FileSize;
    internal ulong MemorySize;
    internal ulong Alignment;

    internal const uint PT_LOAD = 1;
    internal const uint PT_PHDR = 6;
    internal const uint PT_GNU_RELRO = 0x6474e552;
    internal const uint PF_X = 1;
    internal const uint PF_W = 2;
    internal const uint PF_R = 4;
}

/// <summary>struct prctl_mm_map of PR_SET_MM_MAP, prctl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryMap
{
    internal ulong StartCode;
    internal ulong EndCode;
    internal ulong StartData;
    internal ulong EndData;
    internal ulong StartBreak;
    internal ulong Break;
    internal ulong StartStack;
    internal ulong StartArguments;
    internal ulong EndArguments;
    internal ulong StartEnvironment;
    internal ulong EndEnvironment;
    internal ulong* AuxiliaryVector;
    internal uint AuxiliaryVectorSize;
    internal int ExeDescriptor;
}

/// <summary>Constants of mmap(2), getauxval(3) and prctl(2)'s PR_SET_MM.</summary>
internal static class MemoryConstants
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int PROT_EXEC = 4;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_FIXED = 0x10;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MREMAP_MAYMOVE = 1;
    internal const int MREMAP_FIXED = 2;
    internal const ulong AT_PHDR = 3;
    internal const ulong AT_PHNUM = 5;
    internal const ulong AT_PAGESZ = 6;
    internal const int PR_SET_MM = 35;
    internal const ulong PR_SET_MM_MAP = 14;
    internal const nint MAP_FAILED = -1;
}
