using System.Text.Json.Nodes;
using Bulkhead.Tests.Integration.Inside;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Mounts;

/// <summary>Mounts that show a file's owner as somebody else.</summary>
/// <remarks>runtime-spec, config.md, "Mounts"; mount_setattr(2), "ID-mapped mounts".</remarks>
[TestFixture]
internal sealed class IdMapTests
{
    [TestCase(false), TestCase(true)]
    [CancelAfter(30_000)]
    public void The_mappings_of_a_mount_are_its_own(bool ownUsers)
    {
        using var container = TestContainer.From();
        using HostMount host = Source(container);
        if (ownUsers)
        {
            container.Bundle.UserNamespace();
        }

        // In the user namespace 100005 on the host is 5.
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind");
        Map(container.Bundle, users: (0, ownUsers ? 100_005 : 5), groups: (0, ownUsers ? 100_006 : 6));
        container.Bundle.Process.Args("stat", "-c", "%u:%g", "/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("5:6"), result.ToString());
        Assert.That(Host.Shell($"stat -c %u:%g {host.Path}/file"), Is.EqualTo("0:0"));
    }

    [TestCase("idmap"), TestCase("ridmap")]
    [CancelAfter(30_000)]
    public void Without_mappings_those_of_the_user_namespace_are_taken(string option)
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        using HostMount host = Source(container);
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind", option).Process.Shell("stat -c %u:%g /mnt/file; echo more >/mnt/made");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0:0"), result.ToString());
        Assert.That(Host.Shell($"stat -c %u:%g {host.Path}/made"), Is.EqualTo("0:0"));
    }

    [Test, CancelAfter(30_000)]
    public void A_user_namespace_that_is_joined_has_mappings_as_well()
    {
        using var first = TestContainer.Started(bundle => bundle.UserNamespace().Process.Args("sleep", "60"));
        using var container = TestContainer.From(bundle => bundle.Namespace("user", $"/proc/{first.Init.Pid}/ns/user"));
        using HostMount host = Source(container);
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind", "idmap").Process.Args("stat", "-c", "%u:%g", "/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0:0"), result.ToString());
    }

    [TestCase("idmap", "5:5", "0:0"), TestCase("ridmap", "5:5", "5:5")]
    [CancelAfter(30_000)]
    public void Only_the_option_with_an_r_in_front_maps_what_is_mounted_below(string option, string top, string below)
    {
        using var container = TestContainer.From();
        using HostMount host = Source(container);
        using var inner = new HostMount(host.Folder("below"));
        File.WriteAllText(inner.Path + "/file", "");
        container.Bundle.Mount("/mnt", "bind", host.Path, "rbind", option);
        Map(container.Bundle, users: (0, 5), groups: (0, 5));
        container.Bundle.Process.Args("stat", "-c", "%u:%g", "/mnt/file", "/mnt/below/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Lines, Is.EqualTo(new[] { top, below }), result.ToString());
    }

    [TestCase("idmap=uids=0-5-1#1-10-10;gids=0-6-1", "5:6"), TestCase("idmap=gids=0-6-10;uids=0-5-10", "5:6")]
    [CancelAfter(30_000)]
    public void The_mapping_can_stand_in_the_option_as_in_crun(string option, string shown)
    {
        using var container = TestContainer.From();
        using HostMount host = Source(container);
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind", option).Process.Args("stat", "-c", "%u:%g", "/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo(shown), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_mapping_in_the_option_can_be_relative_to_the_user_namespace()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        using HostMount host = Source(container);
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind", "idmap=uids=@0-7-1;gids=@0-8-1").Process.Args("stat", "-c", "%u:%g", "/mnt/file");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("7:8"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void What_is_written_through_the_mount_is_the_unmapped_owners()
    {
        using var container = TestContainer.From();
        using HostMount host = Source(container);
        container.Bundle.Mount("/mnt", "bind", host.Path, "bind");
        Map(container.Bundle, users: (1000, 0), groups: (1000, 0));
        Host.Give(host.Path, 1000);
        container.Bundle.Process.Shell("touch /mnt/made");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(Host.Shell($"stat -c %u:%g {host.Path}/made"), Is.EqualTo("1000:1000"));
    }

    [Test, CancelAfter(30_000)]
    public void A_file_can_be_mapped()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace());
        using HostMount host = Source(container);
        container.Bundle.Mount("/etc/hostname", "bind", host.Path + "/file", "bind", "idmap").Process.Args("stat", "-c", "%u:%g", "/etc/hostname");
        container.Bundle.Save();

        Result result = container.Run();

        Assert.That(result.Output, Is.EqualTo("0:0"), result.ToString());
    }

    [Test, CancelAfter(30_000)]
    public void A_file_system_that_can_not_be_mapped_is_refused_by_its_place()
    {
        using var container = TestContainer.From(bundle => bundle.UserNamespace().Mount("/mnt", "bind", "/proc/self", "bind", "idmap"));

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("/mnt").And.Contain("id-mapped").And.Contain("EINVAL"));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("tmpfs", "tmpfs", "idmap", "mounts[7]: only a bind mount can be id-mapped")]
    [TestCase("bind", "/", "idmap", "mounts[7].options: idmap: there are no mappings and no user namespace to take them from")]
    [TestCase("bind", "/", "idmap=uids=0-1-1", "mounts[7].options: idmap: gids= is missing")]
    [TestCase("bind", "/", "idmap=uids=0-1;gids=0-1-1", "is not three numbers with a hyphen between them")]
    [TestCase("bind", "/", "idmap=uids=@0-1-1;gids=0-1-1", "is no id of the container's user namespace")]
    [TestCase("bind", "/", "idmap=pids=0-1-1", "is neither uids= nor gids=")]
    [TestCase("bind", "/", "idmap=uids=0-1-0;gids=0-1-1", "EINVAL")]
    [CancelAfter(30_000)]
    public void A_mapping_that_makes_no_sense_is_refused(string type, string source, string option, string message)
    {
        using var container = TestContainer.From(bundle => bundle.Mount("/mnt", type, source, type == "bind" ? ["bind", option] : [option]));

        Result result = container.Create();

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(message));
        Assert.That(container.Left(), Is.Empty);
    }

    [TestCase("uidMappings"), TestCase("gidMappings")]
    [CancelAfter(30_000)]
    public void One_mapping_without_the_other_is_refused(string missing)
    {
        using var container = TestContainer.From(bundle =>
        {
            bundle.Mount("/mnt", "bind", "/", "bind");
            Map(bundle, users: (0, 5), groups: (0, 5));
            bundle.Array("mounts")[^1]!.AsObject().Remove(missing);
        });

        Result result = container.Create();

        Assert.That(result.Error, Does.Contain("mounts[7].uidMappings, mounts[7].gidMappings: one is missing"));
    }

    private static HostMount Source(TestContainer container)
    {
        var host = new HostMount(container.Folder.File("host"), "-o", "mode=777");
        File.WriteAllText(host.Path + "/file", "");
        return host;
    }

    private static void Map(TestBundle bundle, (int File, int Shown) users, (int File, int Shown) groups)
    {
        JsonObject mount = bundle.Array("mounts")[^1]!.AsObject();
        mount["uidMappings"] = new JsonArray(new JsonObject { ["containerID"] = users.File, ["hostID"] = users.Shown, ["size"] = 1000 });
        mount["gidMappings"] = new JsonArray(new JsonObject { ["containerID"] = groups.File, ["hostID"] = groups.Shown, ["size"] = 1000 });
    }
}
