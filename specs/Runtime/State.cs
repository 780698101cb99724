using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The state of a container, as <c>state</c> prints it and hooks get it.</summary>
/// <remarks>runtime-spec 1.3, runtime.md, "State".</remarks>
public sealed record State : IJsonObject<State>
{
    /// <summary>The status of a container that is being created.</summary>
    public const string Creating = "creating";

    /// <summary>The status of a container that is created and whose program has not been started.</summary>
    public const string Created = "created";

    /// <summary>The status of a container whose program runs.</summary>
    public const string Running = "running";

    /// <summary>The status of a container whose init process has ended.</summary>
    public const string Stopped = "stopped";

    /// <summary>The version of the runtime specification that the state follows.</summary>
    public required string OciVersion { get; init; }

    /// <summary>The container's id.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// <see cref="Creating"/>, <see cref="Created"/>, <see cref="Running"/>, <see cref="Stopped"/>, or another word
    /// of the runtime's own.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>The init process's id as the host sees it; absent or 0 when there is none.</summary>
    public int? Pid { get; init; }

    /// <summary>The bundle's absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>The configuration's annotations.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    static State IJsonObject<State>.Read(ref JsonObjectReader reader)
    {
        string? ociVersion = null;
        string? id = null;
        string? status = null;
        int? pid = null;
        string? bundle = null;
        IReadOnlyDictionary<string, string>? annotations = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("ociVersion"u8)) { ociVersion = reader.ReadString(); }
            else if (reader.Is("id"u8)) { id = reader.ReadString(); }
            else if (reader.Is("status"u8)) { status = reader.ReadString(); }
            else if (reader.Is("pid"u8)) { pid = reader.ReadInt32(); }
            else if (reader.Is("bundle"u8)) { bundle = reader.ReadString(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            else { reader.SkipUnknown(); }
        }

        return new State
        {
            OciVersion = ociVersion ?? throw reader.Missing("ociVersion"),
            Id = id ?? throw reader.Missing("id"),
            Status = status ?? throw reader.Missing("status"),
            Pid = pid,
            Bundle = bundle ?? throw reader.Missing("bundle"),
            Annotations = annotations,
        };
    }

    void IJsonObject<State>.Write(JsonObjectWriter writer)
    {
        writer.Write("ociVersion"u8, OciVersion);
        writer.Write("id"u8, Id);
        writer.Write("status"u8, Status);
        writer.Write("pid"u8, Pid);
        writer.Write("bundle"u8, Bundle);
        writer.Write("annotations"u8, Annotations);
    }
}
