using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A system call filter.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp".</remarks>
public sealed record LinuxSeccomp : IJsonObject<LinuxSeccomp>
{
    /// <summary>What happens on a call that no rule names.</summary>
    public required LinuxSeccompAction DefaultAction { get; init; }

    /// <summary>The errno of the default action, where that returns one; absent means EPERM.</summary>
    public uint? DefaultErrnoRet { get; init; }

    /// <summary>The architectures of the calls; absent means the native one.</summary>
    public LinuxSeccompArchitecture[]? Architectures { get; init; }

    /// <summary>Flags of seccomp(2).</summary>
    public LinuxSeccompFlag[]? Flags { get; init; }

    /// <summary>The unix socket of the agent that answers the NOTIFY action.</summary>
    public string? ListenerPath { get; init; }

    /// <summary>Text for the agent; only with <see cref="ListenerPath"/>.</summary>
    public string? ListenerMetadata { get; init; }

    /// <summary>The rules.</summary>
    public LinuxSyscall[]? Syscalls { get; init; }

    static LinuxSeccomp IJsonObject<LinuxSeccomp>.Read(ref JsonObjectReader reader)
    {
        LinuxSeccompAction? defaultAction = null;
        uint? defaultErrnoRet = null;
        LinuxSeccompArchitecture[]? architectures = null;
        LinuxSeccompFlag[]? flags = null;
        string? listenerPath = null;
        string? listenerMetadata = null;
        LinuxSyscall[]? syscalls = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("defaultAction"u8)) { defaultAction = reader.ReadEnum<LinuxSeccompAction, LinuxSeccompActionSpelling>(); }
            else if (reader.Is("defaultErrnoRet"u8)) { defaultErrnoRet = reader.ReadUInt32(); }
            else if (reader.Is("architectures"u8)) { architectures = reader.ReadEnums<LinuxSeccompArchitecture, LinuxSeccompArchitectureSpelling>(); }
            else if (reader.Is("flags"u8)) { flags = reader.ReadEnums<LinuxSeccompFlag, LinuxSeccompFlagSpelling>(); }
            else if (reader.Is("listenerPath"u8)) { listenerPath = reader.ReadString(); }
            else if (reader.Is("listenerMetadata"u8)) { listenerMetadata = reader.ReadString(); }
            else if (reader.Is("syscalls"u8)) { syscalls = reader.ReadArray<LinuxSyscall>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxSeccomp
        {
            DefaultAction = defaultAction ?? throw reader.Missing("defaultAction"),
            DefaultErrnoRet = defaultErrnoRet,
            Architectures = architectures,
            Flags = flags,
            ListenerPath = listenerPath,
            ListenerMetadata = listenerMetadata,
            Syscalls = syscalls,
        };
    }

    void IJsonObject<LinuxSeccomp>.Write(JsonObjectWriter writer)
    {
        writer.WriteEnum<LinuxSeccompAction, LinuxSeccompActionSpelling>("defaultAction"u8, DefaultAction);
        writer.Write("defaultErrnoRet"u8, DefaultErrnoRet);
        writer.WriteEnums<LinuxSeccompArchitecture, LinuxSeccompArchitectureSpelling>("architectures"u8, Architectures);
        writer.WriteEnums<LinuxSeccompFlag, LinuxSeccompFlagSpelling>("flags"u8, Flags);
        writer.Write("listenerPath"u8, ListenerPath);
        writer.Write("listenerMetadata"u8, ListenerMetadata);
        writer.WriteArray("syscalls"u8, Syscalls);
    }
}
