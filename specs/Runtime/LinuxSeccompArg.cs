using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A condition on an argument of a system call.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp", syscalls, args.</remarks>
public sealed record LinuxSeccompArg : IJsonObject<LinuxSeccompArg>
{
    /// <summary>Which argument, from 0.</summary>
    public required uint Index { get; init; }

    /// <summary>The value to compare with; for a masked comparison the mask.</summary>
    public required ulong Value { get; init; }

    /// <summary>The value after masking; absent means 0.</summary>
    public ulong? ValueTwo { get; init; }

    /// <summary>The comparison.</summary>
    public required LinuxSeccompOperator Op { get; init; }

    static LinuxSeccompArg IJsonObject<LinuxSeccompArg>.Read(ref JsonObjectReader reader)
    {
        uint? index = null;
        ulong? value = null;
        ulong? valueTwo = null;
        LinuxSeccompOperator? op = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("index"u8)) { index = reader.ReadUInt32(); }
            else if (reader.Is("value"u8)) { value = reader.ReadUInt64(); }
            else if (reader.Is("valueTwo"u8)) { valueTwo = reader.ReadUInt64(); }
            else if (reader.Is("op"u8)) { op = reader.ReadEnum<LinuxSeccompOperator, LinuxSeccompOperatorSpelling>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxSeccompArg
        {
            Index = index ?? throw reader.Missing("index"),
            Value = value ?? throw reader.Missing("value"),
            ValueTwo = valueTwo,
            Op = op ?? throw reader.Missing("op"),
        };
    }

    void IJsonObject<LinuxSeccompArg>.Write(JsonObjectWriter writer)
    {
        writer.Write("index"u8, Index);
        writer.Write("value"u8, Value);
        writer.Write("valueTwo"u8, ValueTwo);
        writer.WriteEnum<LinuxSeccompOperator, LinuxSeccompOperatorSpelling>("op"u8, Op);
    }
}
