using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A rule for system calls.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp", syscalls.</remarks>
public sealed record LinuxSyscall : IJsonObject<LinuxSyscall>
{
    /// <summary>The calls; at least one.</summary>
    public required string[] Names { get; init; }

    /// <summary>What happens.</summary>
    public required LinuxSeccompAction Action { get; init; }

    /// <summary>The errno of the action, where that returns one; absent means EPERM.</summary>
    public uint? ErrnoRet { get; init; }

    /// <summary>Conditions on the arguments, which all must hold; absent means none.</summary>
    public LinuxSeccompArg[]? Args { get; init; }

    static LinuxSyscall IJsonObject<LinuxSyscall>.Read(ref JsonObjectReader reader)
    {
        string[]? names = null;
        LinuxSeccompAction? action = null;
        uint? errnoRet = null;
        LinuxSeccompArg[]? args = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("names"u8)) { names = reader.ReadStrings(); }
            else if (reader.Is("action"u8)) { action = reader.ReadEnum<LinuxSeccompAction, LinuxSeccompActionSpelling>(); }
            else if (reader.Is("errnoRet"u8)) { errnoRet = reader.ReadUInt32(); }
            else if (reader.Is("args"u8)) { args = reader.ReadArray<LinuxSeccompArg>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxSyscall
        {
            Names = names ?? throw reader.Missing("names"),
            Action = action ?? throw reader.Missing("action"),
            ErrnoRet = errnoRet,
            Args = args,
        };
    }

    void IJsonObject<LinuxSyscall>.Write(JsonObjectWriter writer)
    {
        writer.Write("names"u8, Names);
        writer.WriteEnum<LinuxSeccompAction, LinuxSeccompActionSpelling>("action"u8, Action);
        writer.Write("errnoRet"u8, ErrnoRet);
        writer.WriteArray("args"u8, Args);
    }
}
