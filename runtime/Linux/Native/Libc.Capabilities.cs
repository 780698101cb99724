using System.Runtime.InteropServices;

namespace Bulkhead.Linux.Native;

/// <summary>struct __user_cap_header_struct of capset(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    internal uint Version;
    internal int Pid;

    /// <summary>64 capabilities, as two of <see cref="CapabilityData"/>; since 2.6.26.</summary>
    internal const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;
}

/// <summary>struct __user_cap_data_struct of capset(2), for 32 capabilities.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityData
{
    internal uint Effective;
    internal uint Permitted;
    internal uint Inheritable;
}
