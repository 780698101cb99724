using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a seccomp agent is sent with the descriptors of a process.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "The Container Process State".</remarks>
public sealed record ContainerProcessState : IJsonObject<ContainerProcessState>
{
    /// <summary>The name of the seccomp notification descriptor in <see cref="Fds"/>.</summary>
    public const string SeccompDescriptor = "seccompFd";

    /// <summary>The version of the runtime specification that the document follows.</summary>
    public required string OciVersion { get; init; }

    /// <summary>The names of the descriptors, in the order sent: <see cref="SeccompDescriptor"/>.</summary>
    public required string[] Fds { get; init; }

    /// <summary>The process's id as the runtime sees it.</summary>
    public required int Pid { get; init; }

    /// <summary>The text of <see cref="LinuxSeccomp.ListenerMetadata"/>.</summary>
    public string? Metadata { get; init; }

    /// <summary>The container's state.</summary>
    public required State State { get; init; }

    static ContainerProcessState IJsonObject<ContainerProcessState>.Read(ref JsonObjectReader reader)
    {
        string? ociVersion = null;
        string[]? fds = null;
        int? pid = null;
        string? metadata = null;
        State? state = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("ociVersion"u8)) { ociVersion = reader.ReadString(); }
            else if (reader.Is("fds"u8)) { fds = reader.ReadStrings(); }
            else if (reader.Is("pid"u8)) { pid = reader.ReadInt32(); }
            else if (reader.Is("metadata"u8)) { metadata = reader.ReadString(); }
            else if (reader.Is("state"u8)) { state = reader.Read<State>(); }
            else { reader.SkipUnknown(); }
        }

        return new ContainerProcessState
        {
            OciVersion = ociVersion ?? throw reader.Missing("ociVersion"),
            Fds = fds ?? throw reader.Missing("fds"),
            Pid = pid ?? throw reader.Missing("pid"),
            Metadata = metadata,
            State = state ?? throw reader.Missing("state"),
        };
    }

    void IJsonObject<ContainerProcessState>.Write(JsonObjectWriter writer)
    {
        writer.Write("ociVersion"u8, OciVersion);
        writer.Write("fds"u8, Fds);
        writer.Write("pid"u8, Pid);
        writer.Write("metadata"u8, Metadata);
        writer.WriteObject("state"u8, State);
    }
}
