using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>Descriptors of the host's, the caller's or the runtime's own, as a way out of the container.</summary>
[TestFixture]
internal sealed class HostDescriptorTests
{
    private const int Numbers = 40;

    [Test, CancelAfter(120_000)]
    public void No_descriptor_is_a_working_directory_outside_CVE_2024_21626()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("ls -id . ..; ls -d ../../../../../../work ../../../../../../boot 2>/dev/null; pwd"));
        string[] seen = Outcomes(container, (bundle, number) => bundle.Process.Cwd($"/proc/self/fd/{number}"));

        Assert.That(seen, Is.All.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void No_descriptor_leads_to_a_program_of_the_host_CVE_2024_21626()
    {
        using var container = TestContainer.From();

        // Each way from whatever the descriptor may be: procfs, a cgroup, a folder, the root.
        string[] ways = ["1/root/bin/busybox", "../../../../../../bin/busybox", "bin/busybox", "../bin/busybox"];
        string[] seen = ways.SelectMany(way => Outcomes(container, (bundle, number) =>
            bundle.Process.Args($"/proc/self/fd/{number}/{way}", "echo", "reached the host"))).ToArray();

        Assert.That(seen, Is.All.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void A_link_of_the_image_to_a_descriptor_leads_to_no_program_of_the_host_CVE_2024_21626()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "110"));
        string[] seen = Enumerable.Range(3, Numbers).Select(number =>
        {
            File.Delete(container.Bundle.Rootfs + "/tool");
            File.CreateSymbolicLink(container.Bundle.Rootfs + "/tool", $"/proc/self/fd/{number}/1/root/bin/busybox");
            return container.Exec("/tool", "echo", "reached the host").Output;
        }).ToArray();

        Assert.That(seen, Is.All.Empty);
    }

    [Test, CancelAfter(120_000)]
    public void No_descriptor_is_a_working_directory_of_an_exec_CVE_2024_21626()
    {
        using var container = TestContainer.Started(bundle => bundle.Process.Args("sleep", "110"));
        string[] seen = Enumerable.Range(0, Numbers).Select(number =>
        {
            string line = $"{Repository.RuntimeBinary} --root {container.Runtime.Root} exec --cwd /proc/self/fd/{number} {container.Id} sh -c 'pwd; ls -d ../../../../../work'";
            return Attack.Shell($"{line} 3</ 7</work 9</etc 0</").Output;
        }).ToArray();

        Assert.That(seen, Is.All.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_preserved_descriptor_is_no_working_directory_CVE_2024_21626()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Cwd("/proc/self/fd/3").Args("pwd"));

        Result result = Attack.Shell(Attack.RunLine(container).Replace(" run ", " run --preserve-fds 1 ", StringComparison.Ordinal) + " 3</");

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
        Assert.That(result.Error, Does.Contain("working directory"));
    }

    [Test, CancelAfter(30_000)]
    public void The_program_inherits_none_of_the_runtimes_or_the_callers_CVE_2024_21626()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("for f in /proc/self/fd/*; do readlink $f; done"));

        Result result = Attack.Shell(Attack.RunLine(container) + " 3</ 7</etc 9</work </dev/null");

        Assert.That(result.Lines.Where(line => line.Length > 0 && line != "/dev/null" && !line.StartsWith("pipe:", StringComparison.Ordinal)), Is.Empty, result.ToString());
    }

    // What containers print whose document has one number after the other. The caller leaves descriptors of folders open.
    private static string[] Outcomes(TestContainer container, Action<TestBundle, int> change) => Enumerable.Range(3, Numbers).Select(number =>
    {
        change(container.Bundle, number);
        container.Bundle.Save();
        return Attack.Shell(Attack.RunLine(container) + " 3</ 7</work 9</etc").Output;
    }).ToArray();
}
