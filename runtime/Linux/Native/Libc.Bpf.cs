using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

internal static partial class Libc
{
    /// <summary>bpf(2), BPF_PROG_LOAD.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Bpf(long number, long command, ref BpfLoad attributes, long size);

    /// <summary>bpf(2), BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Bpf(long number, long command, ref BpfAttach attributes, long size);

    /// <summary>bpf(2), BPF_PROG_QUERY.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Bpf(long number, long command, ref BpfQuery attributes, long size);

    /// <summary>bpf(2), BPF_PROG_GET_FD_BY_ID.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Bpf(long number, long command, ref BpfById attributes, long size);
}

/// <summary>Commands, types and flags of bpf(2), valued as in <c>linux/bpf.h</c>.</summary>
internal static class BpfConstants
{
    internal const long BPF_PROG_LOAD = 5;
    internal const long BPF_PROG_ATTACH = 8;
    internal const long BPF_PROG_DETACH = 9;
    internal const long BPF_PROG_GET_FD_BY_ID = 13;
    internal const long BPF_PROG_QUERY = 16;
    internal const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    internal const uint BPF_CGROUP_DEVICE = 6;
    internal const uint BPF_F_ALLOW_MULTI = 2;
    internal const uint BPF_F_REPLACE = 4;
}

/// <summary>The part of union bpf_attr for BPF_PROG_LOAD that every kernel with cgroup device programs (4.15) has.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfLoad
{
    internal uint ProgramType;
    internal uint InstructionCount;
    internal ulong Instructions;
    internal ulong License;
    internal uint LogLevel;
    internal uint LogSize;
    internal ulong LogBuffer;
    internal uint KernelVersion;
    internal uint Flags;
}

/// <summary>The part of union bpf_attr for BPF_PROG_ATTACH and BPF_PROG_DETACH; the last member since 5.6.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfAttach
{
    internal uint Target;
    internal uint Program;
    internal uint AttachType;
    internal uint Flags;
    internal uint Replaced;
}

/// <summary>The part of union bpf_attr for BPF_PROG_QUERY.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfQuery
{
    internal uint Target;
    internal uint AttachType;
    internal uint QueryFlags;
    internal uint AttachFlags;
    internal ulong Ids;
    internal uint Count;
    private readonly uint _padding;
}

/// <summary>The part of union bpf_attr for BPF_PROG_GET_FD_BY_ID.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfById
{
    internal uint Id;
    internal uint NextId;
    internal uint OpenFlags;
}
