using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using Bulkhead.Specs;
using Bulkhead.Specs.Distribution;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Specs;

public sealed class ReadingTests
{
    [Test]
    public void A_byte_order_mark_is_passed_over()
    {
        Spec spec = SpecJson.ReadSpec([0xEF, 0xBB, 0xBF, .. """{"ociVersion":"1.0.0"}"""u8]);

        Assert.That(spec.OciVersion, Is.EqualTo("1.0.0"));
    }

    [Test]
    public void What_is_not_known_is_passed_over()
    {
        Spec spec = SpecJson.ReadSpec("""{"x":{"ociVersion":[{}]},"ociVersion":"1.0.0","y":[],"":null}"""u8);

        Assert.That(spec.OciVersion, Is.EqualTo("1.0.0"));
    }

    [Test]
    public void The_same_unknown_name_in_two_objects_is_no_duplicate()
    {
        Spec spec = SpecJson.ReadSpec("""{"ociVersion":"1.0.0","x":1,"mounts":[{"x":1,"destination":"/a"},{"x":1,"destination":"/b"}]}"""u8);

        Assert.That(spec.Mounts, Has.Length.EqualTo(2));
    }

    [Test]
    public void Absent_and_zero_and_empty_are_told_apart()
    {
        LinuxResources resources = SpecJson.ReadResources("""{"pids":{"limit":0},"memory":{},"devices":[],"unified":{}}"""u8);

        Assert.That(resources.Pids!.Limit, Is.Zero);
        Assert.That(resources.Memory!.Limit, Is.Null);
        Assert.That(resources.Devices, Is.Empty);
        Assert.That(resources.Unified, Is.Empty);
        Assert.That(resources.HugepageLimits, Is.Null);
        Assert.That(Encoding.UTF8.GetString(SpecJson.Write(resources)), Is.EqualTo("""{"devices":[],"memory":{},"pids":{"limit":0},"unified":{}}"""));
    }

    [Test]
    public void The_ends_of_a_range_are_read()
    {
        Process process = SpecJson.ReadProcess("""
            {"user":{"uid":4294967295,"gid":0},"cwd":"/","oomScoreAdj":-2147483648,"rlimits":[{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":0}]}
            """u8);

        Assert.That(process.User.Uid, Is.EqualTo(uint.MaxValue));
        Assert.That(process.OomScoreAdj, Is.EqualTo(int.MinValue));
        Assert.That(process.Rlimits![0].Hard, Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void A_filter_is_read_by_itself()
    {
        LinuxSeccomp seccomp = SpecJson.ReadSeccomp("""{"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}"""u8);

        Assert.That(seccomp.DefaultAction, Is.EqualTo(LinuxSeccompAction.KillProcess));
        Assert.That(seccomp.Syscalls![0].Names, Is.EqualTo(new[] { "read" }));
    }

    [Test]
    public void A_registrys_errors_are_read_with_details_of_any_kind()
    {
        ErrorResponse response = SpecJson.Read<ErrorResponse>("""
            {"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[{"Type":"repository"}]},{"code":"X","detail":"text"}]}
            """u8);

        Assert.That(response.Errors.Select(error => error.Code), Is.EqualTo(new[] { ErrorCodes.Unauthorized, "X" }));
        Assert.That(response.Errors[0].Detail!.Value[0].GetProperty("Type").GetString(), Is.EqualTo("repository"));
    }

    [Test]
    public void A_repository_without_tags_may_say_null()
    {
        TagList tags = SpecJson.Read<TagList>("""{"name":"library/empty","tags":null}"""u8);

        Assert.That(tags.Tags, Is.Null);
    }

    [Test]
    public void Writing_keeps_characters_as_they_are()
    {
        State state = new() { OciVersion = "1.3.0", Id = "a+b", Status = State.Created, Pid = 7, Bundle = "/b/<ä>" };

        string json = Encoding.UTF8.GetString(SpecJson.Write(state));

        Assert.That(json, Is.EqualTo("""{"ociVersion":"1.3.0","id":"a+b","status":"created","pid":7,"bundle":"/b/<ä>"}"""));
    }

    [Test]
    public void Enumerations_have_the_specifications_spelling()
    {
        string[] all = Spelled.All<LinuxNamespaceType, LinuxNamespaceTypeSpelling>();

        Assert.That(all, Is.EqualTo(new[] { "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" }));
        Assert.That(Spelled.Text<LinuxSeccompOperator, LinuxSeccompOperatorSpelling>(LinuxSeccompOperator.MaskedEqual), Is.EqualTo("SCMP_CMP_MASKED_EQ"));
        Assert.That(Spelled.All<LinuxSeccompArchitecture, LinuxSeccompArchitectureSpelling>(), Has.Length.EqualTo(Enum.GetValues<LinuxSeccompArchitecture>().Length));
    }

    [Test]
    public void The_serializer_which_costs_start_up_time_is_not_brought_in()
    {
        using PEReader file = new(File.OpenRead(typeof(SpecJson).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();

        var used = metadata.TypeReferences.Select(handle => metadata.GetString(metadata.GetTypeReference(handle).Name));

        Assert.That(used, Has.None.StartsWith("JsonSerializer"));
    }
}
