using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The commands to run at each point of a container's life, in order.</summary>
/// <remarks>runtime-spec 1.3, config.md, "POSIX-platform Hooks".</remarks>
public sealed record Hooks : IJsonObject<Hooks>
{
    /// <summary>Deprecated: run in the runtime's namespaces before <see cref="CreateRuntime"/>.</summary>
    public Hook[]? Prestart { get; init; }

    /// <summary>During create, in the runtime's namespaces, before pivot_root.</summary>
    public Hook[]? CreateRuntime { get; init; }

    /// <summary>During create, in the container's namespaces, before pivot_root.</summary>
    public Hook[]? CreateContainer { get; init; }

    /// <summary>During start, in the container's namespaces, before the program is executed.</summary>
    public Hook[]? StartContainer { get; init; }

    /// <summary>After the program is executed, in the runtime's namespaces.</summary>
    public Hook[]? Poststart { get; init; }

    /// <summary>After the container is deleted, in the runtime's namespaces.</summary>
    public Hook[]? Poststop { get; init; }

    static Hooks IJsonObject<Hooks>.Read(ref JsonObjectReader reader)
    {
        Hook[]? prestart = null;
        Hook[]? createRuntime = null;
        Hook[]? createContainer = null;
        Hook[]? startContainer = null;
        Hook[]? poststart = null;
        Hook[]? poststop = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("prestart"u8)) { prestart = reader.ReadArray<Hook>(); }
            else if (reader.Is("createRuntime"u8)) { createRuntime = reader.ReadArray<Hook>(); }
            else if (reader.Is("createContainer"u8)) { createContainer = reader.ReadArray<Hook>(); }
            else if (reader.Is("startContainer"u8)) { startContainer = reader.ReadArray<Hook>(); }
            else if (reader.Is("poststart"u8)) { poststart = reader.ReadArray<Hook>(); }
            else if (reader.Is("poststop"u8)) { poststop = reader.ReadArray<Hook>(); }
            else { reader.SkipUnknown(); }
        }

        return new Hooks
        {
            Prestart = prestart,
            CreateRuntime = createRuntime,
            CreateContainer = createContainer,
            StartContainer = startContainer,
            Poststart = poststart,
            Poststop = poststop,
        };
    }

    void IJsonObject<Hooks>.Write(JsonObjectWriter writer)
    {
        writer.WriteArray("prestart"u8, Prestart);
        writer.WriteArray("createRuntime"u8, CreateRuntime);
        writer.WriteArray("createContainer"u8, CreateContainer);
        writer.WriteArray("startContainer"u8, StartContainer);
        writer.WriteArray("poststart"u8, Poststart);
        writer.WriteArray("poststop"u8, Poststop);
    }
}
