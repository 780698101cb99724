using System.Text.Json.Nodes;

namespace Bulkhead.Tests.Support;

/// <summary>The process of a <see cref="TestBundle"/>; everything not named here is reached by <see cref="TestBundle.Set"/>.</summary>
public sealed class BundleProcess(TestBundle bundle)
{
    /// <summary>The program and its arguments.</summary>
    public BundleProcess Args(params string[] arguments) => Set("args", TestBundle.List(arguments));

    /// <summary>A script for the container's shell.</summary>
    public BundleProcess Shell(string script) => Args("sh", "-c", script);

    /// <summary>Adds a <c>NAME=value</c> to the environment.</summary>
    public BundleProcess Env(string variable)
    {
        bundle.Array("process.env").Add((JsonNode)variable);
        return this;
    }

    /// <summary>The working directory.</summary>
    public BundleProcess Cwd(string path) => Set("cwd", path);

    /// <summary>Whether it has a terminal.</summary>
    public BundleProcess Terminal(bool value = true) => Set("terminal", value);

    /// <summary>Whom it runs as.</summary>
    public BundleProcess User(int uid, int gid, params int[] additionalGids)
    {
        bundle.Object("process.user")["uid"] = uid;
        bundle.Object("process.user")["gid"] = gid;
        bundle.Object("process.user")["additionalGids"] = new JsonArray(additionalGids.Select(id => (JsonNode)id).ToArray());
        return this;
    }

    /// <summary>The capabilities, the same in every set: <c>CAP_SYS_ADMIN</c>, ...; none: no capability at all.</summary>
    public BundleProcess Capabilities(params string[] names)
    {
        foreach (string set in (string[])["bounding", "effective", "permitted", "inheritable", "ambient"])
        {
            bundle.Object("process.capabilities")[set] = TestBundle.List(names);
        }

        return this;
    }

    /// <summary>Sets one resource limit: <c>RLIMIT_NOFILE</c>, ...</summary>
    public BundleProcess Rlimit(string type, ulong soft, ulong hard)
    {
        JsonArray limits = bundle.Array("process.rlimits");
        limits.RemoveAll(limit => (string?)limit!["type"] == type);
        limits.Add(new JsonObject { ["type"] = type, ["soft"] = soft, ["hard"] = hard });
        return this;
    }

    /// <summary>Whether it may gain privileges by execve.</summary>
    public BundleProcess NoNewPrivileges(bool value = true) => Set("noNewPrivileges", value);

    private BundleProcess Set(string name, JsonNode value)
    {
        bundle.Object("process")[name] = value;
        return this;
    }
}
