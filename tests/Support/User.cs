using System.Globalization;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>A user without privileges whom the machine doesn't know, and containers of that user.</summary>
public static class User
{
    /// <summary>The uid, and the gid.</summary>
    public const int Id = 47_110;

    /// <summary>What runs a command as the user.</summary>
    public static readonly string[] Launcher = ["setpriv", $"--reuid={Id}", $"--regid={Id}", "--clear-groups"];

    /// <summary>Skips the test, with the reason, where users may not make user namespaces, or may not execute the runtime.</summary>
    public static void Need()
    {
        if (Run("unshare", "--user", "true").ExitCode != 0)
        {
            Assert.Ignore("needs user namespaces of users, which this machine does not allow");
        }

        if (Run("test", "-x", Repository.RuntimeBinary).ExitCode != 0)
        {
            Assert.Ignore($"needs a runtime that users may execute, which {Repository.RuntimeBinary} is not");
        }
    }

    /// <summary>A container of the user: the usual bundle as <c>spec --rootless</c> would have it, all of it the user's own.</summary>
    public static TestContainer Container(Action<TestBundle>? change = null)
    {
        Need();
        var container = TestContainer.From(bundle =>
        {
            MakeRootless(bundle, Id);
            change?.Invoke(bundle);
        });
        Take(container);
        container.Runtime.Launcher.AddRange(Launcher);
        return container;
    }

    /// <summary>Gives the user what a test has made of the container so far.</summary>
    public static void Take(TestContainer container) =>
        new HostCommand(container.Folder, "chown", "-hR", string.Create(CultureInfo.InvariantCulture, $"{Id}:{Id}"), container.Folder.Path).Run().MustSucceed();

    /// <summary>As <see cref="Container"/>, after a successful <c>create</c> and <c>start</c>.</summary>
    public static TestContainer Started(Action<TestBundle>? change = null)
    {
        TestContainer container = Container(change);
        try
        {
            container.Create().MustSucceed();
            container.Start().MustSucceed();
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    /// <summary>Takes out of a document what a user may not have, and lets its root be one id of the caller's.</summary>
    public static void MakeRootless(TestBundle bundle, int hostId)
    {
        bundle.UserNamespace(hostId, size: 1).WithoutNamespace("network").Remove("linux.resources");
        foreach (JsonNode? mount in bundle.Array("mounts"))
        {
            (mount!["options"] as JsonArray)?.RemoveAll(option => ((string)option!).StartsWith("gid=", StringComparison.Ordinal));
            if ((string?)mount["destination"] == "/sys")
            {
                (mount["type"], mount["source"], mount["options"]) = ("none", "/sys", List("rbind", "nosuid", "noexec", "nodev", "ro"));
            }
        }

        bundle.Array("mounts").RemoveAll(mount => (string?)mount!["type"] == "cgroup");
    }

    /// <summary>Maps further ids, by the range that the tests' own subuid(5) grants: <see cref="GrantIds"/>.</summary>
    public static void MapRange(TestBundle bundle)
    {
        foreach (string mappings in (string[])["linux.uidMappings", "linux.gidMappings"])
        {
            bundle.Array(mappings).Add(new JsonObject { ["containerID"] = 1, ["hostID"] = 300_000, ["size"] = 1000 });
        }
    }

    /// <summary>Has the runtime find the user among the machine's, with a range of ids; nobody else sees it.</summary>
    public static void GrantIds(TestContainer container)
    {
        string id = Id.ToString(CultureInfo.InvariantCulture);
        string users = container.Folder.Write("passwd", File.ReadAllText("/etc/passwd") + $"bhuser:x:{id}:{id}::/:/bin/sh\n");
        string range = container.Folder.Write("subid", "bhuser:300000:1000\n");
        container.Runtime.Launcher.InsertRange(0, [
            "unshare", "--mount", "sh", "-ec",
            $"touch /etc/subuid /etc/subgid; mount --bind {users} /etc/passwd; mount --bind {range} /etc/subuid; mount --bind {range} /etc/subgid; exec \"$@\"", "sh",
        ]);
    }

    private static Result Run(params string[] command)
    {
        using var folder = new TemporaryFolder();
        return new HostCommand(folder, Launcher).Run(command);
    }

    private static JsonArray List(params string[] values) => new(values.Select(value => (JsonNode)value).ToArray());
}
