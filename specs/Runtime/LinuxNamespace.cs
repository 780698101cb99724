using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A namespace that the container gets.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Namespaces".</remarks>
public sealed record LinuxNamespace : IJsonObject<LinuxNamespace>
{
    /// <summary>The kind of namespace.</summary>
    public required LinuxNamespaceType Type { get; init; }

    /// <summary>The file of a namespace to join, an absolute path; absent means a new one.</summary>
    public string? Path { get; init; }

    static LinuxNamespace IJsonObject<LinuxNamespace>.Read(ref JsonObjectReader reader)
    {
        LinuxNamespaceType? type = null;
        string? path = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) { type = reader.ReadEnum<LinuxNamespaceType, LinuxNamespaceTypeSpelling>(); }
            else if (reader.Is("path"u8)) { path = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxNamespace
        {
            Type = type ?? throw reader.Missing("type"),
            Path = path,
        };
    }

    void IJsonObject<LinuxNamespace>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<LinuxNamespaceType, LinuxNamespaceTypeSpelling>("type"u8, Type);
        writer.Write("path"u8, Path);
    }
}
