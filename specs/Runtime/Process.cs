using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>A process of a container: its init process, or a later one.</summary>
/// <remarks>runtime-spec 1.3, config.md, "Process".</remarks>
public sealed record Process : IJsonObject<Process>
{
    /// <summary>Whether the process gets a terminal; absent means no.</summary>
    public bool? Terminal { get; init; }

    /// <summary>The terminal's first size; without <see cref="Terminal"/> it has no effect.</summary>
    public Box? ConsoleSize { get; init; }

    /// <summary>The user and groups that the process runs as. Required by the specification; read as root where it is missing, as other runtimes do.</summary>
    public required User User { get; init; }

    /// <summary>
    /// The program and its arguments; at least one is needed on Linux, which is checked by the runtime.
    /// </summary>
    public string[]? Args { get; init; }

    /// <summary>The whole command line, for Windows.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The environment, each entry <c>NAME=value</c>.</summary>
    public string[]? Env { get; init; }

    /// <summary>The working directory, an absolute path in the container.</summary>
    public required string Cwd { get; init; }

    /// <summary>The capability sets; absent leaves none.</summary>
    public LinuxCapabilities? Capabilities { get; init; }

    /// <summary>Resource limits, at most one of a type.</summary>
    public PosixRlimit[]? Rlimits { get; init; }

    /// <summary>Whether <c>no_new_privs</c> is set, so that no execve gains privileges; absent means no.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>The AppArmor profile to change to at execve; absent changes nothing.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>The value of <c>oom_score_adj</c>, -1000 to 1000; absent inherits it.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>The scheduling policy; absent inherits it.</summary>
    public Scheduler? Scheduler { get; init; }

    /// <summary>The SELinux label to run as; absent changes nothing.</summary>
    public string? SelinuxLabel { get; init; }

    /// <summary>The I/O priority; absent inherits it.</summary>
    public LinuxIoPriority? IoPriority { get; init; }

    /// <summary>The CPU affinity of a process that joins a running container.</summary>
    public CpuAffinity? ExecCpuAffinity { get; init; }

    static Process IJsonObject<Process>.Read(ref JsonObjectReader reader)
    {
        bool? terminal = null;
        Box? consoleSize = null;
        User? user = null;
        string[]? args = null;
        string? commandLine = null;
        string[]? env = null;
        string? cwd = null;
        LinuxCapabilities? capabilities = null;
        PosixRlimit[]? rlimits = null;
        bool? noNewPrivileges = null;
        string? apparmorProfile = null;
        int? oomScoreAdj = null;
        Scheduler? scheduler = null;
        string? selinuxLabel = null;
        LinuxIoPriority? ioPriority = null;
        CpuAffinity? execCpuAffinity = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("terminal"u8)) { terminal = reader.ReadBoolean(); }
            else if (reader.Is("consoleSize"u8)) { consoleSize = reader.Read<Box>(); }
            else if (reader.Is("user"u8)) { user = reader.Read<User>(); }
            else if (reader.Is("args"u8)) { args = reader.ReadStrings(); }
            else if (reader.Is("commandLine"u8)) { commandLine = reader.ReadString(); }
            else if (reader.Is("env"u8)) { env = reader.ReadStrings(); }
            else if (reader.Is("cwd"u8)) { cwd = reader.ReadString(); }
            else if (reader.Is("capabilities"u8)) { capabilities = reader.Read<LinuxCapabilities>(); }
            else if (reader.Is("rlimits"u8)) { rlimits = reader.ReadArray<PosixRlimit>(); }
            else if (reader.Is("noNewPrivileges"u8)) { noNewPrivileges = reader.ReadBoolean(); }
            else if (reader.Is("apparmorProfile"u8)) { apparmorProfile = reader.ReadString(); }
            else if (reader.Is("oomScoreAdj"u8)) { oomScoreAdj = reader.ReadInt32(); }
            else if (reader.Is("scheduler"u8)) { scheduler = reader.Read<Scheduler>(); }
            else if (reader.Is("selinuxLabel"u8)) { selinuxLabel = reader.ReadString(); }
            else if (reader.Is("ioPriority"u8)) { ioPriority = reader.Read<LinuxIoPriority>(); }
            else if (reader.Is("execCPUAffinity"u8)) { execCpuAffinity = reader.Read<CpuAffinity>(); }
            else { reader.SkipUnknown(); }
        }

        return new Process
        {
            Terminal = terminal,
            ConsoleSize = consoleSize,
            User = user ?? new User { Uid = 0, Gid = 0 },
            Args = args,
            CommandLine = commandLine,
            Env = env,
            Cwd = cwd ?? throw reader.Missing("cwd"),
            Capabilities = capabilities,
            Rlimits = rlimits,
            NoNewPrivileges = noNewPrivileges,
            ApparmorProfile = apparmorProfile,
            OomScoreAdj = oomScoreAdj,
            Scheduler = scheduler,
            SelinuxLabel = selinuxLabel,
            IoPriority = ioPriority,
            ExecCpuAffinity = execCpuAffinity,
        };
    }

    void IJsonObject<Process>.Write(JsonObjectWriter writer)
    {
        writer.Write("terminal"u8, Terminal);
        writer.WriteObject("consoleSize"u8, ConsoleSize);
        writer.WriteObject("user"u8, User);
        writer.Write("args"u8, Args);
        writer.Write("commandLine"u8, CommandLine);
        writer.Write("env"u8, Env);
        writer.Write("cwd"u8, Cwd);
        writer.WriteObject("capabilities"u8, Capabilities);
        writer.WriteArray("rlimits"u8, Rlimits);
        writer.Write("noNewPrivileges"u8, NoNewPrivileges);
        writer.Write("apparmorProfile"u8, ApparmorProfile);
        writer.Write("oomScoreAdj"u8, OomScoreAdj);
        writer.WriteObject("scheduler"u8, Scheduler);
        writer.Write("selinuxLabel"u8, SelinuxLabel);
        writer.WriteObject("ioPriority"u8, IoPriority);
        writer.WriteObject("execCPUAffinity"u8, ExecCpuAffinity);
    }
}
