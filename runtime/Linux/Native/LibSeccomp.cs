using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

/// <summary>The functions of libseccomp that make a BPF program of a profile. Those that give an int give a negative errno.</summary>
/// <remarks>
/// The name is that of the shared library, which is loaded at the first call. A binary that names it in a
/// <c>DirectPInvoke</c> item, with <c>libseccomp.a</c> as <c>NativeLibrary</c>, has the functions in itself instead.
/// </remarks>
internal static partial class LibSeccomp
{
    internal const string Library = "libseccomp.so.2";

    /// <summary>Filter attribute: 2 asks for a binary tree over the system call numbers.</summary>
    internal const int SCMP_FLTATR_CTL_OPTIMIZE = 8;

    /// <summary>What the resolving functions give for an unknown name; other negative numbers are real answers.</summary>
    internal const int NR_SCMP_ERROR = -1;

    /// <summary>seccomp_version(3): three numbers, major first, which stay.</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_version"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial uint* Version();

    /// <summary>seccomp_init(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_init"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint Init(uint defaultAction);

    /// <summary>seccomp_release(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_release"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void Release(nint context);

    /// <summary>seccomp_arch_add(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_arch_add"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int AddArchitecture(nint context, uint architecture);

    /// <summary>seccomp_attr_set(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_attr_set"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int SetAttribute(nint context, int attribute, uint value);

    /// <summary>seccomp_syscall_resolve_name(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_syscall_resolve_name", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int ResolveName(string name);

    /// <summary>seccomp_syscall_resolve_name_arch(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_syscall_resolve_name_arch", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int ResolveName(uint architecture, string name);

    /// <summary>seccomp_rule_add_array(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_rule_add_array"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int AddRule(nint context, uint action, int number, uint count, void* comparisons);

    /// <summary>seccomp_export_bpf(3).</summary>
    [LibraryImport(Library, EntryPoint = "seccomp_export_bpf"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int ExportBpf(nint context, int descriptor);
}
