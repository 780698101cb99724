using System.Runtime.InteropServices;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>What a profile meets on this machine.</summary>
/// <param name="Native">The architecture of this process.</param>
/// <param name="HasKillProcess">Whether the kernel knows the action KILL_PROCESS.</param>
/// <param name="HasLog">Whether the kernel knows the action LOG.</param>
/// <param name="HasNotify">Whether the kernel knows the action NOTIFY.</param>
/// <param name="Flags">The flags that the kernel knows.</param>
internal readonly record struct SeccompHost(
    LinuxSeccompArchitecture Native, bool HasKillProcess, bool HasLog, bool HasNotify, SeccompLoadFlags Flags)
{
    /// <summary>Asks the kernel.</summary>
    internal static SeccompHost Read() => new(
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? LinuxSeccompArchitecture.Aarch64 : LinuxSeccompArchitecture.X86X64,
        SeccompKernel.HasAction(SeccompAction.KillProcess),
        SeccompKernel.HasAction(SeccompAction.Log),
        SeccompKernel.HasAction(SeccompAction.Notify),
        Known(SeccompLoadFlags.AllThreads)
            | Known(SeccompLoadFlags.Log)
            | Known(SeccompLoadFlags.SpeculationAllowed)
            | Known(SeccompLoadFlags.NewListener)
            | Known(SeccompLoadFlags.NewListener | SeccompLoadFlags.WaitKillable));

    private static SeccompLoadFlags Known(SeccompLoadFlags flags) => SeccompKernel.HasFlags(flags) ? flags : SeccompLoadFlags.None;
}
