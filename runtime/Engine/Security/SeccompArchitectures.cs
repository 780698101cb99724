using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>The numbers of architectures.</summary>
/// <remarks>include/uapi/linux/audit.h, AUDIT_ARCH_*; seccomp_arch_add(3), whose number for x32 alone is its own.</remarks>
internal static class SeccompArchitectures
{
    /// <summary>The bit in the number of every x32 call, by which it differs from one of x86_64.</summary>
    internal const uint X32Bit = 0x40000000;

    /// <summary>The number by which libseccomp knows an architecture.</summary>
    internal static uint LibraryNumber(LinuxSeccompArchitecture architecture) => architecture switch
    {
        LinuxSeccompArchitecture.X86 => 0x40000003,
        LinuxSeccompArchitecture.X86X64 => 0xc000003e,
        LinuxSeccompArchitecture.X32 => 0x4000003e,
        LinuxSeccompArchitecture.Arm => 0x40000028,
        LinuxSeccompArchitecture.Aarch64 => 0xc00000b7,
        LinuxSeccompArchitecture.Mips => 0x00000008,
        LinuxSeccompArchitecture.Mips64 => 0x80000008,
        LinuxSeccompArchitecture.Mips64N32 => 0xa0000008,
        LinuxSeccompArchitecture.Mipsel => 0x40000008,
        LinuxSeccompArchitecture.Mipsel64 => 0xc0000008,
        LinuxSeccompArchitecture.Mipsel64N32 => 0xe0000008,
        LinuxSeccompArchitecture.Ppc => 0x00000014,
        LinuxSeccompArchitecture.Ppc64 => 0x80000015,
        LinuxSeccompArchitecture.Ppc64Le => 0xc0000015,
        LinuxSeccompArchitecture.S390 => 0x00000016,
        LinuxSeccompArchitecture.S390X => 0x80000016,
        LinuxSeccompArchitecture.Parisc => 0x0000000f,
        LinuxSeccompArchitecture.Parisc64 => 0x8000000f,
        LinuxSeccompArchitecture.Riscv64 => 0xc00000f3,
        LinuxSeccompArchitecture.Loongarch64 => 0xc0000102,
        LinuxSeccompArchitecture.M68k => 0x00000004,
        LinuxSeccompArchitecture.Sh => 0x4000002a,
        _ => 0x0000002a,
    };

    /// <summary>The number that a filter sees in struct seccomp_data.</summary>
    internal static uint KernelNumber(LinuxSeccompArchitecture architecture) =>
        LibraryNumber(architecture == LinuxSeccompArchitecture.X32 ? LinuxSeccompArchitecture.X86X64 : architecture);

    /// <summary>Whether libseccomp compares all 64 bits of an argument; else the lower half.</summary>
    internal static bool HasWideArguments(LinuxSeccompArchitecture architecture) => architecture is LinuxSeccompArchitecture.X86X64
        or LinuxSeccompArchitecture.Aarch64 or LinuxSeccompArchitecture.Mips64 or LinuxSeccompArchitecture.Mipsel64
        or LinuxSeccompArchitecture.Ppc64 or LinuxSeccompArchitecture.Ppc64Le or LinuxSeccompArchitecture.S390X
        or LinuxSeccompArchitecture.Parisc64 or LinuxSeccompArchitecture.Riscv64 or LinuxSeccompArchitecture.Loongarch64;
}
