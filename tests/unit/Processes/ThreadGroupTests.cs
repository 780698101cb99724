using Bulkhead.Linux.Processes;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Processes;

public sealed class ThreadGroupTests
{
    [Test]
    public void A_thread_leads_to_its_process()
    {
        string[] threads = [.. Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName)!];

        // Threads of the pool may end meanwhile.
        int?[] processes = [.. threads.Select(thread => ThreadGroup.TryFind(int.Parse(thread, System.Globalization.CultureInfo.InvariantCulture)))];

        Assert.That(processes.Where(process => process is not null), Is.Not.Empty.And.All.EqualTo(Environment.ProcessId));
    }

    [Test]
    public void A_thread_that_has_ended_has_none() => Assert.That(ThreadGroup.TryFind(int.MaxValue), Is.Null);

    [Test]
    public void A_programs_name_is_not_taken_for_the_number() =>
        Assert.That(ThreadGroup.Parse("Name:\t\\nTgid:\t5\nUmask:\t0022\nTgid:\t17\nNgid:\t0\n"u8), Is.EqualTo(17));
}
