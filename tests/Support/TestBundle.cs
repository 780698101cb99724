using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bulkhead.Tests.Support;

/// <summary>
/// A bundle: a rootfs of busybox and a config.json that begins as the document <c>runc spec</c> prints, without a
/// terminal, and is changed from there.
/// </summary>
/// <example><code>
/// var bundle = TestBundle.Create(folder.Folder("bundle"), bundle =>
/// {
///     bundle.Process.Args("sh", "-c", "echo hi").User(1000, 1000);
///     bundle.Set("linux.resources.memory.limit", 64 &lt;&lt; 20);
///     bundle.Object("linux.sysctl")["net.ipv4.ip_forward"] = "1";
///     bundle.Mount("/data", "bind", folder.Path, "rbind", "ro");
/// });
/// </code></example>
public sealed class TestBundle
{
    private static readonly Lazy<string> s_default = new(ReadDefault);
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private TestBundle(string path)
    {
        Path = path;
        Rootfs = System.IO.Path.Combine(path, "rootfs");
        ConfigPath = System.IO.Path.Combine(path, "config.json");
        Json = JsonNode.Parse(s_default.Value)!.AsObject();
        Process = new BundleProcess(this);
    }

    /// <summary>The bundle's folder.</summary>
    public string Path { get; }

    /// <summary>The root file system's folder.</summary>
    public string Rootfs { get; }

    /// <summary>The path of config.json.</summary>
    public string ConfigPath { get; }

    /// <summary>The document; <see cref="Save"/> writes it.</summary>
    public JsonObject Json { get; }

    /// <summary>The process in it.</summary>
    public BundleProcess Process { get; }

    /// <summary>Makes a bundle in a folder, lets <paramref name="change"/> at it and writes config.json.</summary>
    public static TestBundle Create(string path, Action<TestBundle>? change = null)
    {
        var bundle = new TestBundle(path);
        TestRootfs.Create(bundle.Rootfs);
        change?.Invoke(bundle);
        bundle.Save();
        return bundle;
    }

    /// <summary>Writes config.json again after a change.</summary>
    public void Save() => File.WriteAllText(ConfigPath, Json.ToJsonString(s_indented));

    /// <summary>Writes a file into the rootfs, with its folders.</summary>
    /// <param name="path">Relative to the rootfs.</param>
    /// <param name="text">Its content.</param>
    /// <param name="mode">Its mode.</param>
    public TestBundle Write(string path, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)
    {
        string file = System.IO.Path.Combine(Rootfs, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, mode);
        return this;
    }

    /// <summary>Sets a property: <c>Set("linux.resources.pids.limit", 32)</c>, <c>Set("process.rlimits.0.soft", 10)</c>.</summary>
    public TestBundle Set(string path, JsonNode? value)
    {
        (JsonNode parent, string name) = Parent(path);
        if (parent is JsonArray array)
        {
            array[Index(name)] = value;
        }
        else
        {
            parent.AsObject()[name] = value;
        }

        return this;
    }

    /// <summary>Removes a property, or an element of an array.</summary>
    public TestBundle Remove(string path)
    {
        (JsonNode parent, string name) = Parent(path);
        if (parent is JsonArray array)
        {
            array.RemoveAt(Index(name));
        }
        else
        {
            parent.AsObject().Remove(name);
        }

        return this;
    }

    /// <summary>The object at a path, made if absent.</summary>
    public JsonObject Object(string path) => At(path, () => new JsonObject()).AsObject();

    /// <summary>The array at a path, made if absent.</summary>
    public JsonArray Array(string path) => At(path, () => new JsonArray()).AsArray();

    /// <summary>Has a namespace made new or, with a path, joined; replaces what the document says of it.</summary>
    /// <param name="type">pid, network, ipc, uts, mount, user, cgroup or time.</param>
    /// <param name="path">The namespace to join; absent: a new one.</param>
    public TestBundle Namespace(string type, string? path = null)
    {
        WithoutNamespace(type);
        JsonObject entry = new() { ["type"] = type };
        if (path is not null)
        {
            entry["path"] = path;
        }

        Array("linux.namespaces").Add(entry);
        return this;
    }

    /// <summary>Leaves a namespace as the runtime's own.</summary>
    public TestBundle WithoutNamespace(string type)
    {
        Array("linux.namespaces").RemoveAll(entry => (string?)entry!["type"] == type);
        return this;
    }

    /// <summary>Maps root in the container to 100000 outside, with 65536 ids, in a new user namespace.</summary>
    public TestBundle UserNamespace(int hostId = 100_000, int size = 65_536)
    {
        foreach (string mappings in (string[])["linux.uidMappings", "linux.gidMappings"])
        {
            Set(mappings, new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = hostId, ["size"] = size }));
        }

        return Namespace("user");
    }

    /// <summary>Adds a mount, after those already there.</summary>
    public TestBundle Mount(string destination, string type, string source, params string[] options)
    {
        Array("mounts").Add(new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = List(options),
        });
        return this;
    }

    /// <summary>Adds a hook.</summary>
    /// <param name="kind">prestart, createRuntime, createContainer, startContainer, poststart or poststop.</param>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, argv[0] included.</param>
    public TestBundle Hook(string kind, string path, params string[] arguments)
    {
        Array($"hooks.{kind}").Add(new JsonObject { ["path"] = path, ["args"] = List(arguments) });
        return this;
    }

    /// <summary>Lets the container write to its root file system.</summary>
    public TestBundle Writable() => Set("root.readonly", false);

    internal static JsonArray List(IEnumerable<string> values) => new(values.Select(value => (JsonNode)value).ToArray());

    private static int Index(string name) => int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);

    private static string ReadDefault()
    {
        using Stream stream = typeof(TestBundle).Assembly.GetManifestResourceStream("default.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private (JsonNode Parent, string Name) Parent(string path)
    {
        int last = path.LastIndexOf('.');
        return last < 0 ? (Json, path) : (At(path[..last], () => new JsonObject()), path[(last + 1)..]);
    }

    private JsonNode At(string path, Func<JsonNode> make)
    {
        JsonNode node = Json;
        string[] names = path.Split('.');
        for (int i = 0; i < names.Length; i++)
        {
            if (node is JsonArray array)
            {
                node = array[Index(names[i])]!;
                continue;
            }

            node = node.AsObject()[names[i]] ?? (node[names[i]] = i == names.Length - 1 ? make() : new JsonObject());
        }

        return node;
    }
}
