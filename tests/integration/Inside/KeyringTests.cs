using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>Whether the container can reach the keys of its caller's session.</summary>
[TestFixture]
internal sealed class KeyringTests
{
    private const string Probe = """
        #include <stdio.h>
        #include <unistd.h>
        #include <sys/syscall.h>
        int main(void)
        {
            char text[256] = "";
            long id = syscall(SYS_keyctl, 0, -3, 0);      // KEYCTL_GET_KEYRING_ID of the session's
            syscall(SYS_keyctl, 6, id, text, sizeof text); // KEYCTL_DESCRIBE
            printf("%ld %s\n", id, text);
        }
        """;

    [Test, CancelAfter(30_000)]
    public void A_container_has_a_session_keyring_of_its_own_name()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("/probe"));
        CProgram.Compile(Path.Combine(container.Bundle.Rootfs, "probe"), Probe);

        Result result = container.Run();

        Assert.That(result.Output, Does.EndWith($"_ses.{container.Id}"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void The_callers_keyring_stays_when_asked_for()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("/probe"));
        string probe = Path.Combine(container.Bundle.Rootfs, "probe");
        CProgram.Compile(probe, Probe);

        Result result = container.Run("--no-new-keyring");

        Assert.That(result.Output, Does.Not.Contain($"_ses.{container.Id}"), result.ToString());
        Assert.That(result.Output, Is.EqualTo(Host.Run(probe).Output));
    }

    [Test, CancelAfter(30_000)]
    public void An_exec_is_in_the_containers_keyring()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("/probe; exec sleep 60"));
        CProgram.Compile(Path.Combine(container.Bundle.Rootfs, "probe"), Probe);
        container.Create().MustSucceed();
        container.Start().MustSucceed();
        container.WaitForOutput("_ses.");

        Result result = container.Exec("/probe");

        Assert.That(result.Output, Is.EqualTo(container.Output));
    }
}
