using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli;

/// <summary>What stands before the command, the command, and its own arguments, not yet looked at.</summary>
/// <remarks>Whether what is asked for is supported is decided later, when there is a log to say so.</remarks>
internal sealed record CommandLine
{
    /// <summary>The folder of the state of all containers; absent: <see cref="StateRoot"/> chooses.</summary>
    internal string? Root { get; init; }

    /// <summary>The file that log lines are appended to; absent: standard error.</summary>
    internal string? LogFile { get; init; }

    /// <summary>How log lines are written.</summary>
    internal LogFormat LogFormat { get; init; }

    /// <summary>Whether debug lines are written.</summary>
    internal bool Debug { get; init; }

    /// <summary>Who makes cgroups.</summary>
    internal CgroupManager CgroupManager { get; init; }

    /// <summary>Whether missing permission for cgroups is put up with: <c>true</c>, <c>false</c> or <c>auto</c>.</summary>
    internal string? Rootless { get; init; }

    /// <summary><see cref="Rootless"/> as a decision; null for <c>auto</c>.</summary>
    internal bool? IsRootless => Rootless switch { "true" => true, "false" => false, _ => null };

    /// <summary>The obsolete choice of a criu binary.</summary>
    internal string? Criu { get; init; }

    /// <summary>Whether the version was asked for.</summary>
    internal bool Version { get; init; }

    /// <summary>Whether help was asked for.</summary>
    internal bool Help { get; init; }

    /// <summary>The command; absent: help is wanted.</summary>
    internal string? Command { get; init; }

    /// <summary>What follows the command.</summary>
    internal string[] Arguments { get; init; } = [];

    /// <summary>Reads the global options and finds the command.</summary>
    /// <exception cref="UsageException">An option is not known, or its value can't be understood.</exception>
    internal static CommandLine Parse(string[] arguments)
    {
        string? root = null;
        string? logFile = null;
        LogFormat logFormat = LogFormat.Text;
        bool debug = false;
        bool systemdCgroup = false;
        CgroupManager cgroupManager = CgroupManager.Files;
        string? rootless = null;
        string? criu = null;
        bool version = false;
        bool help = false;

        ArgumentReader reader = new(arguments, operandsWithOptions: 1);
        try
        {
            while (reader.NextOption())
            {
                if (reader.Is("root")) { root = reader.ReadText(); }
                else if (reader.Is("log")) { logFile = reader.ReadText(); }
                else if (reader.Is("log-format")) { logFormat = ReadLogFormat(ref reader); }
                else if (reader.Is("debug")) { debug = reader.ReadSwitch(); }
                else if (reader.Is("systemd-cgroup")) { systemdCgroup = reader.ReadSwitch(); }
                else if (reader.Is("cgroup-manager")) { cgroupManager = ReadCgroupManager(ref reader); }
                else if (reader.Is("rootless")) { rootless = reader.ReadText(); }
                else if (reader.Is("criu")) { criu = reader.ReadText(); }
                else if (reader.Is("version", 'v')) { version = reader.ReadSwitch(); }
                else { throw reader.Unknown(); }
            }
        }
        catch (HelpRequest)
        {
            help = true;
        }

        string? command = reader.Operands.Count == 0 ? null : reader.Operands[0];
        return new CommandLine
        {
            Root = root,
            LogFile = logFile,
            LogFormat = logFormat,
            Debug = debug,
            CgroupManager = systemdCgroup ? CgroupManager.Systemd : cgroupManager,
            Rootless = rootless,
            Criu = criu,
            Version = version,
            Help = help,
            Command = command,
            Arguments = command is null ? [] : arguments[^(reader.Operands.Count - 1)..],
        };
    }

    /// <summary>Refuses global options that ask for what is not supported.</summary>
    /// <exception cref="UsageException">The option and its value.</exception>
    internal void RefuseUnsupported()
    {
        if (Rootless is not (null or "auto") && IsRootless is null)
        {
            throw new UsageException($"invalid value \"{Rootless}\" for --rootless: neither true, false nor auto");
        }
    }

    /// <summary>In crun's words.</summary>
    private static CgroupManager ReadCgroupManager(ref ArgumentReader reader) => reader.ReadText() switch
    {
        null or "cgroupfs" => CgroupManager.Files,
        "systemd" => CgroupManager.Systemd,
        "disabled" => CgroupManager.Nobody,
        var other => throw reader.Invalid(other, "neither cgroupfs, systemd nor disabled"),
    };

    private static LogFormat ReadLogFormat(ref ArgumentReader reader) => reader.ReadText() switch
    {
        null or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        var other => throw reader.Invalid(other, "neither text nor json"),
    };
}
