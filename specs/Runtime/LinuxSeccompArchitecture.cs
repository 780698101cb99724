using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>An architecture whose system calls a filter knows.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp", architectures.</remarks>
public enum LinuxSeccompArchitecture
{
    /// <summary>32-bit x86.</summary>
    X86,

    /// <summary>64-bit x86.</summary>
    X86X64,

    /// <summary>64-bit x86 with 32-bit pointers.</summary>
    X32,

    /// <summary>32-bit ARM.</summary>
    Arm,

    /// <summary>64-bit ARM.</summary>
    Aarch64,

    /// <summary>32-bit MIPS.</summary>
    Mips,

    /// <summary>64-bit MIPS.</summary>
    Mips64,

    /// <summary>64-bit MIPS with 32-bit pointers.</summary>
    Mips64N32,

    /// <summary>32-bit MIPS, little-endian.</summary>
    Mipsel,

    /// <summary>64-bit MIPS, little-endian.</summary>
    Mipsel64,

    /// <summary>64-bit MIPS with 32-bit pointers, little-endian.</summary>
    Mipsel64N32,

    /// <summary>32-bit PowerPC.</summary>
    Ppc,

    /// <summary>64-bit PowerPC.</summary>
    Ppc64,

    /// <summary>64-bit PowerPC, little-endian.</summary>
    Ppc64Le,

    /// <summary>31-bit System/390.</summary>
    S390,

    /// <summary>64-bit System/390.</summary>
    S390X,

    /// <summary>32-bit PA-RISC.</summary>
    Parisc,

    /// <summary>64-bit PA-RISC.</summary>
    Parisc64,

    /// <summary>64-bit RISC-V.</summary>
    Riscv64,

    /// <summary>64-bit LoongArch.</summary>
    Loongarch64,

    /// <summary>Motorola 68000.</summary>
    M68k,

    /// <summary>SuperH.</summary>
    Sh,

    /// <summary>SuperH, big-endian.</summary>
    ShEb,
}

/// <summary>How the specification spells each <see cref="LinuxSeccompArchitecture"/>.</summary>
public readonly struct LinuxSeccompArchitectureSpelling : ISpelling<LinuxSeccompArchitecture>
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Of(LinuxSeccompArchitecture value) => value switch
    {
        LinuxSeccompArchitecture.X86 => "SCMP_ARCH_X86"u8,
        LinuxSeccompArchitecture.X86X64 => "SCMP_ARCH_X86_64"u8,
        LinuxSeccompArchitecture.X32 => "SCMP_ARCH_X32"u8,
        LinuxSeccompArchitecture.Arm => "SCMP_ARCH_ARM"u8,
        LinuxSeccompArchitecture.Aarch64 => "SCMP_ARCH_AARCH64"u8,
        LinuxSeccompArchitecture.Mips => "SCMP_ARCH_MIPS"u8,
        LinuxSeccompArchitecture.Mips64 => "SCMP_ARCH_MIPS64"u8,
        LinuxSeccompArchitecture.Mips64N32 => "SCMP_ARCH_MIPS64N32"u8,
        LinuxSeccompArchitecture.Mipsel => "SCMP_ARCH_MIPSEL"u8,
        LinuxSeccompArchitecture.Mipsel64 => "SCMP_ARCH_MIPSEL64"u8,
        LinuxSeccompArchitecture.Mipsel64N32 => "SCMP_ARCH_MIPSEL64N32"u8,
        LinuxSeccompArchitecture.Ppc => "SCMP_ARCH_PPC"u8,
        LinuxSeccompArchitecture.Ppc64 => "SCMP_ARCH_PPC64"u8,
        LinuxSeccompArchitecture.Ppc64Le => "SCMP_ARCH_PPC64LE"u8,
        LinuxSeccompArchitecture.S390 => "SCMP_ARCH_S390"u8,
        LinuxSeccompArchitecture.S390X => "SCMP_ARCH_S390X"u8,
        LinuxSeccompArchitecture.Parisc => "SCMP_ARCH_PARISC"u8,
        LinuxSeccompArchitecture.Parisc64 => "SCMP_ARCH_PARISC64"u8,
        LinuxSeccompArchitecture.Riscv64 => "SCMP_ARCH_RISCV64"u8,
        LinuxSeccompArchitecture.Loongarch64 => "SCMP_ARCH_LOONGARCH64"u8,
        LinuxSeccompArchitecture.M68k => "SCMP_ARCH_M68K"u8,
        LinuxSeccompArchitecture.Sh => "SCMP_ARCH_SH"u8,
        LinuxSeccompArchitecture.ShEb => "SCMP_ARCH_SHEB"u8,
        _ => default,
    };
}
