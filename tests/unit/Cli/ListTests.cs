using Bulkhead.Runtime.Cli.Commands;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

internal sealed class ListTests
{
    private static readonly Listing Web = new()
    {
        OciVersion = "1.2.1",
        Id = "web",
        Pid = 15951,
        Status = "running",
        Bundle = "/tmp/cli-b",
        Rootfs = "/tmp/cli-b/rootfs",
        Created = new DateTimeOffset(2026, 11, 21, 4, 59, 1, TimeSpan.FromHours(2)).AddTicks(7_061_936),
        Owner = "root",
    };

    [Test]
    public void An_empty_table_has_its_titles() =>
        Assert.That(ListCommand.Format(ListCommand.Form.Table, []), Is.EqualTo("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n"));

    [Test]
    public void Columns_are_as_wide_as_runc_makes_them() =>
        Assert.That(ListCommand.Format(ListCommand.Form.Table, [Web, Web with { Id = "a-long-name-indeed", Pid = 0, Status = "stopped", Bundle = "/b", Owner = "#1000" }]), Is.EqualTo(
            "ID                   PID         STATUS      BUNDLE       CREATED                        OWNER\n"
            + "web                  15951       running     /tmp/cli-b   2026-11-21T02:59:01.7061936Z   root\n"
            + "a-long-name-indeed   0           stopped     /b           2026-11-21T02:59:01.7061936Z   #1000\n"));

    [Test]
    public void Quiet_prints_ids() => Assert.That(ListCommand.Format(ListCommand.Form.Ids, [Web, Web with { Id = "db" }]), Is.EqualTo("web\ndb\n"));

    [Test]
    public void Json_of_none_is_null() => Assert.That(ListCommand.Format(ListCommand.Form.Json, []), Is.EqualTo("null\n"));

    [Test]
    public void Json_is_one_line() =>
        Assert.That(ListCommand.Format(ListCommand.Form.Json, [Web]), Is.EqualTo(
            "[{\"ociVersion\":\"1.2.1\",\"id\":\"web\",\"pid\":15951,\"status\":\"running\",\"bundle\":\"/tmp/cli-b\",\"rootfs\":\"/tmp/cli-b/rootfs\","
            + "\"created\":\"2026-11-21T02:59:01.7061936Z\",\"owner\":\"root\"}]\n"));

    [Test]
    public void State_is_indented_by_two_and_has_no_line_feed_at_its_end() =>
        Assert.That((Web with { Annotations = new Dictionary<string, string> { ["a"] = "<+>" }, Owner = "" }).ToIndentedJson(), Is.EqualTo("""
            {
              "ociVersion": "1.2.1",
              "id": "web",
              "pid": 15951,
              "status": "running",
              "bundle": "/tmp/cli-b",
              "rootfs": "/tmp/cli-b/rootfs",
              "created": "2026-11-21T02:59:01.7061936Z",
              "annotations": {
                "a": "<+>"
              },
              "owner": ""
            }
            """));

    [TestCase("root:x:0:0:root:/root:/bin/bash\nme:x:1000:1000::/:\n", 1000u, "me")]
    [TestCase("root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/:\n", 0u, "root", TestName = "The first of several names counts")]
    [TestCase("", 0u, "#0")]
    [TestCase("broken\n:::\na:x:-1:\na:x:99999999999:\n", 5u, "#5")]
    public void Owners_have_names(string passwd, uint uid, string name) => Assert.That(new UserDatabase(passwd).NameOf(uid), Is.EqualTo(name));
}
