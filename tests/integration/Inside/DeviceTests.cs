using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Inside;

/// <summary>What stands in <c>/dev</c>, and which devices can be used.</summary>
[TestFixture]
internal sealed class DeviceTests
{
    [Test, CancelAfter(30_000)]
    public void The_default_devices_have_their_numbers_and_everyone_may_use_them()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("cd /dev; stat -c '%n %F %t:%T %a %u:%g' null zero full random urandom tty"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[]
        {
            "null character special file 1:3 666 0:0", "zero character special file 1:5 666 0:0", "full character special file 1:7 666 0:0",
            "random character special file 1:8 666 0:0", "urandom character special file 1:9 666 0:0", "tty character special file 5:0 666 0:0",
        }));
    }

    [Test, CancelAfter(30_000)]
    public void The_default_devices_work()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell(
            "head -c 5 /dev/zero | wc -c; head -c 6 /dev/urandom | wc -c; echo x >/dev/null && echo null; echo x >/dev/full; cat /dev/null; echo x >/dev/tty"));

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { "5", "6", "null" }));
        Assert.That(result.Error, Does.Contain("No space left on device").And.Contain("/dev/tty: No such device or address"));
    }

    [Test, CancelAfter(30_000)]
    public void Everything_else_in_dev_is_what_runc_puts_there()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Shell("ls -lR /dev | tr -s ' ' | cut -d' ' -f1,2,3,4,5,9-"));

        Result expected = Host.RunWithRunc(container);
        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(expected.Output));
        Assert.That(result.Output, Does.Contain("fd -> /proc/self/fd").And.Contain("stdin -> /proc/self/fd/0").And.Contain("stderr -> /proc/self/fd/2").And.Contain("ptmx -> pts/ptmx"));
        Assert.That(result.Output, Does.Not.Contain("console"));
    }

    [Test, CancelAfter(30_000)]
    public void Further_devices_have_the_type_mode_and_owner_of_the_document()
    {
        using var container = TestContainer.From(bundle =>
        {
            Add(bundle, "/dev/first", "c", 1, 3, mode: Convert.ToInt32("640", 8), uid: 7, gid: 8);
            Add(bundle, "/dev/deep/er/second", "b", 7, 300);
            Add(bundle, "/dev/third", "u", 1, 5);
            Add(bundle, "/dev/fifo", "p", 0, 0, mode: Convert.ToInt32("600", 8), uid: 9, gid: 9);
            bundle.Process.Shell("cd /dev; stat -c '%n %F %t:%T %a %u:%g' first deep/er/second third fifo");
        });

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[]
        {
            "first character special file 1:3 640 7:8", "deep/er/second block special file 7:12c 666 0:0",
            "third character special file 1:5 666 0:0", "fifo fifo 0:0 600 9:9",
        }), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_device_of_the_document_takes_the_place_of_a_default_one()
    {
        using var container = TestContainer.From(bundle =>
        {
            Add(bundle, "/dev/null", "c", 1, 3, mode: Convert.ToInt32("600", 8));
            bundle.Process.Shell("stat -c '%a %t:%T' /dev/null");
        });

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("600 1:3"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_device_without_a_rule_can_not_be_opened()
    {
        using var container = TestContainer.From(bundle =>
        {
            Add(bundle, "/dev/kmsg", "c", 1, 11);
            Add(bundle, "/dev/loop-control", "c", 10, 237);
            bundle.Process.Shell("true >/dev/kmsg; true </dev/loop-control");
        });

        Result result = container.Run();

        Assert.That(result.Error, Does.Contain("/dev/kmsg: Operation not permitted").And.Contain("/dev/loop-control: Operation not permitted"));
    }

    [Test, CancelAfter(30_000)]
    public void A_rule_allows_what_it_says_and_no_more()
    {
        using var container = TestContainer.From(bundle =>
        {
            Add(bundle, "/dev/kmsg", "c", 1, 11);
            bundle.Array("linux.resources.devices").Add(new JsonObject { ["allow"] = true, ["type"] = "c", ["major"] = 1, ["minor"] = 11, ["access"] = "w" });
            bundle.Process.Shell("true >/dev/kmsg && echo write; true </dev/kmsg");
        });

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("write"), result.ToString());
        Assert.That(result.Error, Does.Contain("/dev/kmsg: Operation not permitted"));
    }

    [Test, CancelAfter(30_000)]
    public void A_rule_can_deny_a_device_that_is_allowed_by_default()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Array("linux.resources.devices").Add(new JsonObject { ["allow"] = false, ["type"] = "c", ["major"] = 1, ["minor"] = 7, ["access"] = "rwm" });
            bundle.Process.Shell("true </dev/full; true </dev/zero && echo zero");
        });

        Result expected = Host.RunWithRunc(container);
        Result result = container.Run();

        Assert.That((result.Output, result.Error), Is.EqualTo((expected.Output, expected.Error)));
    }

    [Test, CancelAfter(30_000)]
    public void A_device_that_the_container_makes_itself_can_not_be_opened_either()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Capabilities("CAP_MKNOD", "CAP_DAC_OVERRIDE").Shell("mknod /dev/mine c 1 11 && echo made; true </dev/mine"));

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("made"), result.ToString());
        Assert.That(result.Error, Does.Contain("/dev/mine: Operation not permitted"));
    }

    [Test, CancelAfter(30_000)]
    public void The_rules_hold_for_an_exec()
    {
        using var container = TestContainer.Started(bundle =>
        {
            Add(bundle, "/dev/kmsg", "c", 1, 11);
            bundle.Process.Args("sleep", "60");
        });

        Result result = container.Exec("sh", "-c", "true </dev/kmsg");

        Assert.That(result.Error, Does.Contain("Operation not permitted"));
    }

    [Test, CancelAfter(30_000)]
    public void What_the_image_has_in_the_place_of_a_device_is_refused()
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Array("mounts").RemoveAll(mount => (string)mount!["destination"]! == "/dev");
            bundle.Write("dev/null", "not a device");
        });

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/dev/null").And.Contain("exists and is not that device"));
    }

    private static void Add(TestBundle bundle, string path, string type, int major, int minor, int? mode = null, int? uid = null, int? gid = null)
    {
        JsonObject device = new() { ["path"] = path, ["type"] = type, ["major"] = major, ["minor"] = minor };
        foreach ((string name, int? value) in ((string, int?)[])[("fileMode", mode), ("uid", uid), ("gid", gid)])
        {
            if (value is not null)
            {
                device[name] = value;
            }
        }

        bundle.Array("linux.devices").Add(device);
    }
}
