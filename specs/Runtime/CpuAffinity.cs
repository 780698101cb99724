using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The CPU affinity of a process that joins a running container, as lists of CPUs ("0-3,7").</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", execCPUAffinity.</remarks>
public sealed record CpuAffinity : IJsonObject<CpuAffinity>
{
    /// <summary>The CPUs before the process moves to the container's cgroup; absent changes nothing.</summary>
    public string? Initial { get; init; }

    /// <summary>The CPUs after it has moved; absent changes nothing.</summary>
    public string? Final { get; init; }

    static CpuAffinity IJsonObject<CpuAffinity>.Read(ref JsonObjectReader reader)
    {
        string? initial = null;
        string? final = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("initial"u8)) { initial = reader.ReadString(); }
            else if (reader.Is("final"u8)) { final = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new CpuAffinity
        {
            Initial = initial,
            Final = final,
        };
    }

    void IJsonObject<CpuAffinity>.Write(JsonObjectWriter writer)
    {
        writer.Write("initial"u8, Initial);
        writer.Write("final"u8, Final);
    }
}
