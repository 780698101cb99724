using System.Runtime.InteropServices;
using Bulkhead.Linux.Files;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed partial class DeviceNumberTests
{
    private static readonly uint[] Ends = [0, 1, 3, 255, 256, 257, 4095, 4096, 0xfffff, 0x100000, 0x7fffffff, 0x80000000, uint.MaxValue];

    [TestCase(0U, 0U, 0UL)]
    [TestCase(1U, 3U, 0x103UL, TestName = "/dev/null")]
    [TestCase(5U, 2U, 0x502UL)]
    [TestCase(8U, 256U, 0x100800UL, TestName = "A minor number above 255")]
    [TestCase(4095U, 255U, 0xfffffUL)]
    [TestCase(4096U, 0U, 0x100000000000UL)]
    [TestCase(0U, uint.MaxValue, 0xffffff000ffUL)]
    [TestCase(uint.MaxValue, 0U, 0xfffff000000fff00UL)]
    [TestCase(uint.MaxValue, uint.MaxValue, ulong.MaxValue)]
    public void A_number_is_encoded(uint major, uint minor, ulong expected) =>
        Assert.That(new DeviceNumber(major, minor).Encoded, Is.EqualTo(expected));

    [Test]
    public void The_c_library_encodes_it_the_same([ValueSource(nameof(Ends))] uint major, [ValueSource(nameof(Ends))] uint minor) =>
        Assert.That(new DeviceNumber(major, minor).Encoded, Is.EqualTo(MakeDevice(major, minor)));

    /// <summary>makedev(3).</summary>
    [LibraryImport("libc", EntryPoint = "gnu_dev_makedev"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ulong MakeDevice(uint major, uint minor);
}
