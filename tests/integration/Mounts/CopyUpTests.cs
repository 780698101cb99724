using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Mounts;

/// <summary>A tmpfs that begins with what it covers: <c>tmpcopyup</c>.</summary>
[TestFixture]
internal sealed class CopyUpTests
{
    [Test, CancelAfter(30_000)]
    public void Files_folders_and_links_are_there_with_their_owners_and_modes()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/data", "tmpfs", "tmpfs", "tmpcopyup").Process.Shell(
            "cd /data; find . | sort | xargs stat -c '%n %F %a %u:%g'; cat deep/er/file; readlink link; stat -c %Y deep/er/file; echo x >new && echo written"));
        Host.Shell($"""
            mkdir -p {container.Bundle.Rootfs}/data/deep/er; cd {container.Bundle.Rootfs}/data; chmod 1751 .
            echo text >deep/er/file; ln -s ../outside link; mkfifo fifo; mknod null c 1 3; touch empty
            chmod 4754 deep/er/file; chmod 2775 deep; chmod 600 fifo; chmod 0 empty; chown -h 7:8 deep deep/er/file link; chmod 4754 deep/er/file; touch -d @1000000000 deep/er/file
            """);

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[]
        {
            ". directory 1751 0:0", "./deep directory 2775 7:8", "./deep/er directory 755 0:0", "./deep/er/file regular file 4754 7:8",
            "./empty regular empty file 0 0:0", "./fifo fifo 600 0:0", "./link symbolic link 777 7:8", "./null character special file 644 0:0",
            "text", "../outside", "1000000000", "written",
        }), result.ToString());
        Assert.That(File.Exists(container.Bundle.Rootfs + "/data/new"), Is.False);
    }

    [Test, CancelAfter(30_000)]
    public void Extended_attributes_come_along()
    {
        using var container = TestContainer.From();
        container.Bundle.Write("data/file", "");
        ExtendedAttribute.Set(container.Bundle.Rootfs + "/data/file", "trusted.test", "value");
        container.Bundle.Mount("/data", "tmpfs", "tmpfs", "tmpcopyup").Process.Args("sleep", "60");
        container.Bundle.Save();
        container.Create().MustSucceed();

        string? copied = ExtendedAttribute.Get($"/proc/{container.Init.Pid}/root/data/file", "trusted.test");

        Assert.That(copied, Is.EqualTo("value"));
    }

    [Test, CancelAfter(30_000)]
    public void Names_that_are_no_text_are_copied()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/data", "tmpfs", "tmpfs", "tmpcopyup").Process.Shell("for f in /data/*; do cat \"$f\"; done; ls /data | wc -l"));
        Host.Shell($"mkdir {container.Bundle.Rootfs}/data; cd {container.Bundle.Rootfs}/data; for n in $(printf 'a\\377') $(printf '\\303(') ; do echo in >\"$n\"; done; echo in >'two words'");

        Result result = container.Run();
        Host.Shell($"rm -rf {container.Bundle.Rootfs}/data");

        Assert.That(result.Lines, Is.EqualTo(new[] { "in", "in", "in", "3" }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_read_only_tmpfs_is_filled_first()
    {
        using var container = TestContainer.From(bundle => bundle.Write("data/file", "copied").Mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "ro").Process.Shell("cat /data/file; touch /data/new"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("copied"), result.ToString());
        Assert.That(result.Error, Does.Contain("Read-only file system"));
    }

    [Test, CancelAfter(30_000)]
    public void It_works_in_a_user_namespace()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Write("data/file", "copied").Mount("/data", "tmpfs", "tmpfs", "tmpcopyup").Process.Shell("cat /data/file; stat -c %u /data/file"));
        Host.Give(container.Bundle.Rootfs, 100_000);

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("copied0"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_folder_that_is_not_there_begins_empty()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/data", "tmpfs", "tmpfs", "tmpcopyup").Process.Shell("ls /data | wc -l"));

        Assert.That(container.Run().Output, Is.EqualTo("0"));
    }

    [TestCase("head -c 3000000 /dev/zero >data/big", "size=1m", "ENOSPC")]
    [TestCase("mkdir -p data/$(for i in $(seq 250); do printf d/; done)", "size=8m", "levels")]
    [CancelAfter(30_000)]
    public void What_is_too_much_ends_the_creation(string script, string option, string message)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/data", "tmpfs", "tmpfs", "tmpcopyup", option));
        Host.Shell($"cd {container.Bundle.Rootfs}; mkdir data; {script}");

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/data").And.Contain(message));
        Assert.That(container.Left(), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void It_is_refused_for_what_is_no_tmpfs()
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/data", "bind", "/etc", "bind", "tmpcopyup"));

        Assert.That(container.Create().Error, Does.Contain("mounts[7].options: tmpcopyup is for a tmpfs"));
    }
}
