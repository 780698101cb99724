using System.Runtime.InteropServices;
using Bulkhead.Linux.Native;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

/// <summary>The sizes and offsets that the kernel's headers give, the same on x64 and arm64.</summary>
[TestFixture]
internal sealed class KernelLayoutTests
{
    private static IEnumerable<TestCaseData> Structures()
    {
        // linux/sched.h, linux/openat2.h, linux/stat.h, asm-generic/statfs.h
        yield return Layout<CloneArgs>(88, "Flags 0, PidFd 8, ChildTid 16, ParentTid 24, ExitSignal 32, Stack 40, StackSize 48, Tls 56, SetTid 64, SetTidSize 72, Cgroup 80");
        yield return Layout<OpenHow>(24, "Flags 0, Mode 8, Resolve 16");
        yield return Layout<StatX>(
            256,
            "Mask 0, BlockSize 4, Attributes 8, Links 16, User 20, Group 24, Mode 28, Inode 32, Size 40, Blocks 48, AttributesMask 56, Accessed 64, Born 80, "
            + "Changed 96, Modified 112, SpecialMajor 128, SpecialMinor 132, DeviceMajor 136, DeviceMinor 140, MountId 144");
        yield return Layout<StatXTime>(16, "Seconds 0, Nanoseconds 8");
        yield return Layout<StatFs>(
            120, "Type 0, BlockSize 8, Blocks 16, BlocksFree 24, BlocksAvailable 32, Files 40, FilesFree 48, Id 56, NameLength 64, FragmentSize 72, Flags 80");

        // linux/mount.h, asm-generic/poll.h, linux/resource.h, asm-generic/signal.h
        yield return Layout<MountAttr>(32, "Set 0, Clear 8, Propagation 16, UserNamespace 24");
        yield return Layout<PollEntry>(8, "Descriptor 0, Events 4, Returned 6");
        yield return Layout<ResourceLimitPair>(16, "Soft 0, Hard 8");
        yield return Layout<StackDescription>(24, "Start 0, Flags 8, Size 16");

        // linux/sched/types.h
        yield return Layout<SchedulerAttributes>(
            56, "Size 0, Policy 4, Flags 8, Nice 16, Priority 20, Runtime 24, Deadline 32, Period 40, LeastUtilization 48, MostUtilization 52");

        // linux/socket.h, linux/uio.h
        yield return Layout<MessageHeader>(56, "Name 0, NameLength 8, Parts 16, PartCount 24, Control 32, ControlLength 40, Flags 48");
        yield return Layout<IoVector>(16, "Start 0, Length 8");
        yield return Layout<DescriptorControl>(24, "Length 0, Level 8, Type 12, Descriptor 16");

        // linux/prctl.h, linux/elf.h
        yield return Layout<MemoryMap>(
            104,
            "StartCode 0, EndCode 8, StartData 16, EndData 24, StartBreak 32, Break 40, StartStack 48, StartArguments 56, EndArguments 64, StartEnvironment 72, "
            + "EndEnvironment 80, AuxiliaryVector 88, AuxiliaryVectorSize 96, ExeDescriptor 100");
        yield return Layout<ProgramHeader>(56, "Type 0, Flags 4, Offset 8, Address 16, PhysicalAddress 24, FileSize 32, MemorySize 40, Alignment 48");

        // linux/bpf.h, linux/filter.h, linux/capability.h, seccomp.h of libseccomp
        yield return Layout<BpfLoad>(48, "ProgramType 0, InstructionCount 4, Instructions 8, License 16, LogLevel 24, LogSize 28, LogBuffer 32, KernelVersion 40, Flags 44");
        yield return Layout<BpfAttach>(20, "Target 0, Program 4, AttachType 8, Flags 12, Replaced 16");
        yield return Layout<BpfQuery>(32, "Target 0, AttachType 4, QueryFlags 8, AttachFlags 12, Ids 16, Count 24");
        yield return Layout<BpfById>(12, "Id 0, NextId 4, OpenFlags 8");
        yield return Layout<FilterProgram>(16, "Length 0, Instructions 8");
        yield return Layout<CapabilityHeader>(8, "Version 0, Pid 4");
        yield return Layout<CapabilityData>(12, "Effective 0, Permitted 4, Inheritable 8");
    }

    [TestCaseSource(nameof(Structures))]
    public void A_structure_lies_in_memory_as_the_kernel_has_it(int actualSize, int size, string actualOffsets, string offsets)
    {
        Assert.That(actualSize, Is.EqualTo(size));
        Assert.That(actualOffsets, Is.EqualTo(offsets));
    }

    [Test]
    public void The_flags_of_open_that_depend_on_the_architecture_are_its_own()
    {
        bool arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        Assert.That((int)OpenFlagsByArchitecture.O_DIRECTORY, Is.EqualTo(arm ? 0x4000 : 0x10000));
        Assert.That((int)OpenFlagsByArchitecture.O_NOFOLLOW, Is.EqualTo(arm ? 0x8000 : 0x20000));
    }

    private static unsafe TestCaseData Layout<T>(int size, string offsets)
        where T : unmanaged
    {
        IEnumerable<string> actual = offsets.Split(", ").Select(static field => field.Split(' ')[0]).Select(static name => $"{name} {Marshal.OffsetOf<T>(name)}");
        return new TestCaseData(sizeof(T), size, string.Join(", ", actual), offsets).SetArgDisplayNames(typeof(T).Name);
    }
}
