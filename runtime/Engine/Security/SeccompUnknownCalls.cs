using Bulkhead.Linux;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>The part of a filter that answers calls newer than the profile with ENOSYS.</summary>
/// <remarks>
/// A profile can't name calls that its author didn't know. Under a default action such as EPERM a C library takes such a
/// call for forbidden and gives up, where after ENOSYS it would use the older call. So whatever lies above the highest
/// number that the profile knows on an architecture gets ENOSYS, before the profile is asked; runc does the same.
/// </remarks>
internal static class SeccompUnknownCalls
{
    /// <summary>Whether a profile needs this part: not where calls are let through by default, or get ENOSYS anyway.</summary>
    internal static bool Matter(LinuxSeccomp profile) => profile.DefaultAction switch
    {
        // A tracer is expected to know new calls itself.
        LinuxSeccompAction.Allow or LinuxSeccompAction.Log or LinuxSeccompAction.Trace => false,
        LinuxSeccompAction.Errno => profile.DefaultErrnoRet != (uint)Errno.ENOSYS,
        _ => true,
    };

    /// <summary>Makes the instructions that come before the filter.</summary>
    /// <param name="highest">The highest number that the profile knows, for each architecture that it has calls of.</param>
    internal static BpfInstruction[] Prologue(IReadOnlyList<KeyValuePair<LinuxSeccompArchitecture, uint>> highest)
    {
        List<BpfInstruction[]> sections = [];
        foreach ((LinuxSeccompArchitecture architecture, uint number) in highest)
        {
            // The kernel gives x86_64 and x32 the same number: one section serves both, in the place of the first.
            bool isX86 = architecture is LinuxSeccompArchitecture.X86X64 or LinuxSeccompArchitecture.X32;
            if (!isX86)
            {
                sections.Add(Section(architecture, number));
            }
            else if (sections.TrueForAll(section => section[0].Operand != SeccompArchitectures.KernelNumber(architecture)))
            {
                sections.Add(SectionOfX86(Find(highest, LinuxSeccompArchitecture.X86X64), Find(highest, LinuxSeccompArchitecture.X32)));
            }
        }

        return sections.Count == 0 ? [] : Join(sections);
    }

    private static BpfInstruction[] Section(LinuxSeccompArchitecture architecture, uint highest)
    {
        BpfInstruction above = new(BpfInstruction.JumpIfGreater, 0, 1, highest);

        // On s390 a call whose number doesn't fit into the instruction, and which the kernel doesn't know, arrives as 0.
        return architecture is LinuxSeccompArchitecture.S390 or LinuxSeccompArchitecture.S390X
            ? [IsArchitecture(architecture, 4), LoadNumber, new(BpfInstruction.JumpIfEqual, 1, 0, 0), above, ReturnNoSuchCall]
            : [IsArchitecture(architecture, 3), LoadNumber, above, ReturnNoSuchCall];
    }

    private static BpfInstruction[] SectionOfX86(uint? highest, uint? highestX32)
    {
        // A call of the one that the profile doesn't have passes on: the filter knows what to do with it.
        return (highest, highestX32) switch
        {
            ({ } x64, { } x32) =>
            [
                IsArchitecture(LinuxSeccompArchitecture.X86X64, 5),
                LoadNumber,
                new(BpfInstruction.JumpIfAnySet, 1, 0, SeccompArchitectures.X32Bit),
                new(BpfInstruction.JumpIfGreater, 1, 2, x64),
                new(BpfInstruction.JumpIfGreater, 0, 1, x32),
                ReturnNoSuchCall,
            ],
            ({ } x64, null) =>
            [
                IsArchitecture(LinuxSeccompArchitecture.X86X64, 4),
                LoadNumber,
                new(BpfInstruction.JumpIfAnySet, 2, 0, SeccompArchitectures.X32Bit),
                new(BpfInstruction.JumpIfGreater, 0, 1, x64),
                ReturnNoSuchCall,
            ],
            (_, var x32) =>
            [
                IsArchitecture(LinuxSeccompArchitecture.X86X64, 4),
                LoadNumber,
                new(BpfInstruction.JumpIfAnySet, 0, 2, SeccompArchitectures.X32Bit),
                new(BpfInstruction.JumpIfGreater, 0, 1, x32 ?? uint.MaxValue),
                ReturnNoSuchCall,
            ],
        };
    }

    // Each section but the last gets a jump to the filter at its end; the last runs into it.
    private static BpfInstruction[] Join(List<BpfInstruction[]> sections)
    {
        int length = sections.Count;
        foreach (BpfInstruction[] section in sections)
        {
            length += section.Length;
        }

        List<BpfInstruction> program = new(length) { new(BpfInstruction.LoadWord, 0, 0, BpfInstruction.ArchitectureOffset) };
        for (int index = 0; index < sections.Count; index++)
        {
            bool isLast = index == sections.Count - 1;
            BpfInstruction test = sections[index][0];
            program.Add(isLast ? test : test with { JumpFalse = (byte)(test.JumpFalse + 1) });
            program.AddRange(sections[index][1..]);
            if (!isLast)
            {
                program.Add(new BpfInstruction(BpfInstruction.JumpAlways, 0, 0, (uint)(length - program.Count - 1)));
            }
        }

        return [.. program];
    }

    private static uint? Find(IReadOnlyList<KeyValuePair<LinuxSeccompArchitecture, uint>> highest, LinuxSeccompArchitecture architecture)
    {
        foreach ((LinuxSeccompArchitecture candidate, uint number) in highest)
        {
            if (candidate == architecture)
            {
                return number;
            }
        }

        return null;
    }

    private static BpfInstruction IsArchitecture(LinuxSeccompArchitecture architecture, byte otherwiseSkip) =>
        new(BpfInstruction.JumpIfEqual, 0, otherwiseSkip, SeccompArchitectures.KernelNumber(architecture));

    private static BpfInstruction LoadNumber => new(BpfInstruction.LoadWord, 0, 0, BpfInstruction.NumberOffset);

    private static BpfInstruction ReturnNoSuchCall => new(BpfInstruction.Return, 0, 0, SeccompAction.Errno | (uint)Errno.ENOSYS);
}
