using System.Runtime.CompilerServices;
using Bulkhead.Linux.Native;
using Bulkhead.Linux.Seccomp;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>The sizes that the kernel and libseccomp expect, the same on x64 and arm64.</summary>
[TestFixture]
internal sealed class SeccompLayoutTests
{
    [Test]
    public void Structures_have_the_size_of_their_originals()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Unsafe.SizeOf<BpfInstruction>(), Is.EqualTo(8), "struct sock_filter");
            Assert.That(Unsafe.SizeOf<FilterProgram>(), Is.EqualTo(16), "struct sock_fprog");
            Assert.That(Unsafe.SizeOf<CapabilityHeader>(), Is.EqualTo(8), "struct __user_cap_header_struct");
            Assert.That(Unsafe.SizeOf<CapabilityData>(), Is.EqualTo(12), "struct __user_cap_data_struct");
            Assert.That(Unsafe.SizeOf<ResourceLimitPair>(), Is.EqualTo(16), "struct rlimit64");
        });
    }

    [Test]
    public void An_instruction_has_the_fields_in_the_kernels_order()
    {
        BpfInstruction instruction = new(0x0102, 0x03, 0x04, 0x05060708);

        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<BpfInstruction>(in instruction));

        Assert.That(Convert.ToHexString(bytes), Is.EqualTo("0201030408070605"));
    }
}
