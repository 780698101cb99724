using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Image;

/// <summary>How a container of an image is run if nothing else is said.</summary>
/// <remarks>
/// image-spec 1.1, config.md, "Properties", config; Healthcheck, OnBuild and Shell: moby, image specification 1.2.
/// </remarks>
public sealed record ImageConfig : IJsonObject<ImageConfig>
{
    /// <summary>User and group: names or numbers, <c>user</c>, <c>user:group</c>.</summary>
    public string? User { get; init; }

    /// <summary>Ports that a container listens on: <c>80/tcp</c>, <c>53/udp</c>, <c>80</c>.</summary>
    public IReadOnlyDictionary<string, EmptyObject>? ExposedPorts { get; init; }

    /// <summary>The environment, each entry <c>NAME=value</c>.</summary>
    public string[]? Env { get; init; }

    /// <summary>The program and its first arguments.</summary>
    public string[]? Entrypoint { get; init; }

    /// <summary>The arguments, or without an entry point the program and its arguments.</summary>
    public string[]? Cmd { get; init; }

    /// <summary>Directories that get a volume of their own.</summary>
    public IReadOnlyDictionary<string, EmptyObject>? Volumes { get; init; }

    /// <summary>The working directory; absent means the root.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Metadata of any kind.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The signal that asks the container to stop: <c>SIGTERM</c>, <c>15</c>.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Deprecated: the arguments are escaped already, for Windows.</summary>
    public bool? ArgsEscaped { get; init; }

    /// <summary>How to see whether the container is well.</summary>
    public Healthcheck? Healthcheck { get; init; }

    /// <summary>Instructions for a build that starts from the image.</summary>
    public string[]? OnBuild { get; init; }

    /// <summary>The shell of a build's instructions.</summary>
    public string[]? Shell { get; init; }

    static ImageConfig IJsonObject<ImageConfig>.Read(ref JsonObjectReader reader)
    {
        string? user = null;
        IReadOnlyDictionary<string, EmptyObject>? exposedPorts = null;
        string[]? env = null;
        string[]? entrypoint = null;
        string[]? cmd = null;
        IReadOnlyDictionary<string, EmptyObject>? volumes = null;
        string? workingDir = null;
        IReadOnlyDictionary<string, string>? labels = null;
        string? stopSignal = null;
        bool? argsEscaped = null;
        Healthcheck? healthcheck = null;
        string[]? onBuild = null;
        string[]? shell = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("User"u8)) { user = reader.ReadString(); }
            else if (reader.Is("ExposedPorts"u8)) { exposedPorts = reader.ReadMap<EmptyObject>(); }
            else if (reader.Is("Env"u8)) { env = reader.ReadStrings(); }
            else if (reader.Is("Entrypoint"u8)) { entrypoint = reader.ReadStrings(); }
            else if (reader.Is("Cmd"u8)) { cmd = reader.ReadStrings(); }
            else if (reader.Is("Volumes"u8)) { volumes = reader.ReadMap<EmptyObject>(); }
            else if (reader.Is("WorkingDir"u8)) { workingDir = reader.ReadString(); }
            else if (reader.Is("Labels"u8)) { labels = reader.ReadStringMap(); }
            else if (reader.Is("StopSignal"u8)) { stopSignal = reader.ReadString(); }
            else if (reader.Is("ArgsEscaped"u8)) { argsEscaped = reader.ReadBoolean(); }
            else if (reader.Is("Healthcheck"u8)) { healthcheck = reader.Read<Healthcheck>(); }
            else if (reader.Is("OnBuild"u8)) { onBuild = reader.ReadStrings(); }
            else if (reader.Is("Shell"u8)) { shell = reader.ReadStrings(); }
            else { reader.SkipUnknown(); }
        }

        return new ImageConfig
        {
            User = user,
            ExposedPorts = exposedPorts,
            Env = env,
            Entrypoint = entrypoint,
            Cmd = cmd,
            Volumes = volumes,
            WorkingDir = workingDir,
            Labels = labels,
            StopSignal = stopSignal,
            ArgsEscaped = argsEscaped,
            Healthcheck = healthcheck,
            OnBuild = onBuild,
            Shell = shell,
        };
    }

    void IJsonObject<ImageConfig>.Write(JsonObjectWriter writer)
    {
        writer.Write("User"u8, User);
        writer.WriteMap("ExposedPorts"u8, ExposedPorts);
        writer.Write("Env"u8, Env);
        writer.Write("Entrypoint"u8, Entrypoint);
        writer.Write("Cmd"u8, Cmd);
        writer.WriteMap("Volumes"u8, Volumes);
        writer.Write("WorkingDir"u8, WorkingDir);
        writer.Write("Labels"u8, Labels);
        writer.Write("StopSignal"u8, StopSignal);
        writer.Write("ArgsEscaped"u8, ArgsEscaped);
        writer.WriteObject("Healthcheck"u8, Healthcheck);
        writer.Write("OnBuild"u8, OnBuild);
        writer.Write("Shell"u8, Shell);
    }
}
