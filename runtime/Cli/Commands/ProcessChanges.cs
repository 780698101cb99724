using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>What the options of <c>exec</c> make different in a process from the container's own.</summary>
internal sealed class ProcessChanges
{
    // 4294967295 is -1 to the kernel and means "leave it as it is".
    private const uint MostId = uint.MaxValue - 1;

    private string? _directory;
    private List<string>? _environment;
    private bool _terminal;
    private (uint Uid, uint? Gid)? _user;
    private List<uint>? _groups;
    private List<string>? _capabilities;
    private bool? _noNewPrivileges;
    private string? _appArmorProfile;
    private string? _label;

    /// <summary>The program and its arguments.</summary>
    internal string[] Arguments { get; set; } = [];

    /// <summary>Reads the present option if it is one of these.</summary>
    internal bool TryTake(ref ArgumentReader reader)
    {
        if (reader.Is("cwd")) { _directory = reader.ReadText(); }
        else if (reader.Is("env", 'e')) { reader.ReadInto(ref _environment); }
        else if (reader.Is("tty", 't')) { _terminal = reader.ReadSwitch(); }
        else if (reader.Is("user", 'u')) { _user = ReadUser(ref reader); }
        else if (reader.Is("additional-gids", 'g')) { (_groups ??= []).Add((uint)(reader.ReadNumber(0, MostId) ?? 0)); }
        else if (reader.Is("cap", 'c')) { reader.ReadInto(ref _capabilities); }
        else if (reader.Is("no-new-privs")) { _noNewPrivileges = reader.ReadSwitch(); }
        else if (reader.Is("apparmor")) { _appArmorProfile = reader.ReadText(); }
        else if (reader.Is("process-label")) { _label = reader.ReadText(); }
        else { return false; }

        return true;
    }

    /// <summary>Refuses what does not go together.</summary>
    /// <param name="hasDocument">Whether the process comes from a document.</param>
    internal void Check(bool hasDocument)
    {
        if (!hasDocument && Arguments.Length == 0)
        {
            throw new UsageException("\"exec\" requires a program, or --process", ExitCode.ExecFailure);
        }

        if (hasDocument && Arguments.Length != 0)
        {
            throw new UsageException("\"exec\" with --process takes no program");
        }

        // conmon gives --tty beside a document that asks for a terminal itself.
        if (hasDocument && (_directory is not null || _environment is not null || _user is not null || _groups is not null
            || _capabilities is not null || _noNewPrivileges is not null || _appArmorProfile is not null || _label is not null))
        {
            throw new UsageException("with --process, the process is as the document says: give no option that changes it");
        }
    }

    /// <summary>The document's process, with a terminal if one was asked for, and as confined as the container's own where the document is silent.</summary>
    internal Process ApplyToDocument(Process document, Process? own) => document with
    {
        Terminal = _terminal ? true : document.Terminal,
        Capabilities = document.Capabilities ?? own?.Capabilities,
        Rlimits = document.Rlimits is { Length: > 0 } limits ? limits : own?.Rlimits,
        ApparmorProfile = document.ApparmorProfile is { Length: > 0 } profile ? profile : own?.ApparmorProfile,
        SelinuxLabel = document.SelinuxLabel is { Length: > 0 } label ? label : own?.SelinuxLabel,
        Scheduler = document.Scheduler ?? own?.Scheduler,
        IoPriority = document.IoPriority ?? own?.IoPriority,
        ExecCpuAffinity = document.ExecCpuAffinity ?? own?.ExecCpuAffinity,
    };

    /// <summary>The container's process with the changes.</summary>
    internal Process ApplyTo(Process own) => own with
    {
        Args = Arguments,
        Cwd = _directory ?? own.Cwd,
        Env = Append(own.Env, _environment),
        Terminal = _terminal,
        User = ApplyTo(own.User),
        Capabilities = _capabilities is null ? own.Capabilities : Add(own.Capabilities ?? new LinuxCapabilities()),
        NoNewPrivileges = _noNewPrivileges ?? own.NoNewPrivileges,
        ApparmorProfile = _appArmorProfile ?? own.ApparmorProfile,
        SelinuxLabel = _label ?? own.SelinuxLabel,
    };

    private User ApplyTo(User own) => own with
    {
        Uid = _user?.Uid ?? own.Uid,
        Gid = _user?.Gid ?? own.Gid,
        AdditionalGids = Append(own.AdditionalGids, _groups),
    };

    private LinuxCapabilities Add(LinuxCapabilities own) => own with
    {
        Bounding = Append(own.Bounding, _capabilities),
        Effective = Append(own.Effective, _capabilities),
        Permitted = Append(own.Permitted, _capabilities),

        // The kernel lets only inheritable capabilities be ambient, and none becomes inheritable here.
        Ambient = own.Inheritable is null ? own.Ambient : Append(own.Ambient, _capabilities?.FindAll(own.Inheritable.Contains)),
    };

    private static T[]? Append<T>(T[]? own, List<T>? more) => more is null or [] ? own : [.. own ?? [], .. more];

    private static (uint Uid, uint? Gid)? ReadUser(ref ArgumentReader reader)
    {
        if (reader.ReadText() is not { } text)
        {
            return null;
        }

        return text.Split(':') switch
        {
            [var user] when TryParse(user, out uint uid) => (uid, null),
            [var user, var group] when TryParse(user, out uint uid) && TryParse(group, out uint gid) => (uid, gid),
            _ => throw new UsageException(reader.Invalid(text, "not UID or UID:GID, in numbers").Message, ExitCode.ExecFailure),
        };
    }

    private static bool TryParse(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= MostId;
}
