using System.Runtime.InteropServices;
using Bulkhead.Linux;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class LinuxExceptionTests
{
    [TestCase("pivot_root", "/run/b/rootfs", Errno.EBUSY, "pivot_root /run/b/rootfs: Device or resource busy (EBUSY)")]
    [TestCase("open", "", Errno.ENOENT, "open : No such file or directory (ENOENT)")]
    [TestCase("mount", "/a b\tc", Errno.EPERM, "mount /a b\tc: Operation not permitted (EPERM)")]
    [TestCase("bpf", "x", Errno.EDQUOT, "bpf x: Disk quota exceeded (EDQUOT)")]
    [TestCase("keyctl", "x", (Errno)126, "keyctl x: Required key not available (errno 126)", TestName = "An error without a name of ours has its text and number")]
    [TestCase("keyctl", "x", (Errno)4000, "keyctl x: Unknown error 4000 (errno 4000)")]
    public void A_failure_is_one_line_of_call_subject_and_the_kernels_answer(string call, string subject, Errno error, string message)
    {
        LinuxException exception = new(call, subject, error);

        Assert.That(exception.Message, Is.EqualTo(message));
        Assert.That((exception.Call, exception.Subject, exception.Error), Is.EqualTo((call, subject, error)));
    }

    [Test]
    public void Every_error_has_the_number_that_its_text_belongs_to()
    {
        // strerrorname_np(3) would say it; the texts of these four are told apart by one number each.
        Assert.That(LinuxException.Describe(Errno.EAGAIN), Is.EqualTo("Resource temporarily unavailable (EAGAIN)"));
        Assert.That(LinuxException.Describe(Errno.ELOOP), Is.EqualTo("Too many levels of symbolic links (ELOOP)"));
        Assert.That(LinuxException.Describe(Errno.ENOSYS), Is.EqualTo("Function not implemented (ENOSYS)"));
        Assert.That(LinuxException.Describe(Errno.ECANCELED), Is.EqualTo("Operation canceled (ECANCELED)"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(int.MaxValue)]
    public void A_result_that_is_not_negative_is_passed_on(int result)
    {
        Assert.That(LinuxException.Check(result, "call", "subject"), Is.EqualTo(result));
        Assert.That(LinuxException.Check((long)result << 31, "call", "subject"), Is.EqualTo((long)result << 31));
    }

    [TestCase(-1L)]
    [TestCase(int.MinValue)]
    [TestCase(long.MinValue)]
    public void A_negative_result_is_thrown_with_the_last_error(long result)
    {
        Marshal.SetLastPInvokeError((int)Errno.EBUSY);
        Assert.That(() => LinuxException.Check(result, "call", "subject"), Throws.TypeOf<LinuxException>().With.Property("Error").EqualTo(Errno.EBUSY));

        Marshal.SetLastPInvokeError((int)Errno.EACCES);
        Assert.That(
            () => LinuxException.Check((int)Math.Max(result, int.MinValue), "call", "subject"),
            Throws.TypeOf<LinuxException>().With.Message.EqualTo("call subject: Permission denied (EACCES)"));
    }
}
