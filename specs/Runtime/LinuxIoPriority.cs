using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The I/O priority of a process.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Linux Process", ioPriority; ioprio_set(2).</remarks>
public sealed record LinuxIoPriority : IJsonObject<LinuxIoPriority>
{
    /// <summary>The scheduling class.</summary>
    public required IoPriorityClass Class { get; init; }

    /// <summary>The level within the class, 0 (highest) to 7.</summary>
    public required int Priority { get; init; }

    static LinuxIoPriority IJsonObject<LinuxIoPriority>.Read(ref JsonObjectReader reader)
    {
        IoPriorityClass? @class = null;
        int? priority = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("class"u8)) { @class = reader.ReadEnum<IoPriorityClass, IoPriorityClassSpelling>(); }
            else if (reader.Is("priority"u8)) { priority = reader.ReadInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxIoPriority
        {
            Class = @class ?? throw reader.Missing("class"),
            Priority = priority ?? throw reader.Missing("priority"),
        };
    }

    void IJsonObject<LinuxIoPriority>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<IoPriorityClass, IoPriorityClassSpelling>("class"u8, Class);
        writer.Write("priority"u8, Priority);
    }
}
