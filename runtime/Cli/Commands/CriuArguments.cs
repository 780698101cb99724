using System.Globalization;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>The options that <c>checkpoint</c> and <c>restore</c> share, while they are read.</summary>
internal struct CriuArguments
{
    private const string DefaultImagePath = "checkpoint";

    private CriuOptions? _options;

    private CriuOptions Options
    {
        readonly get => _options ?? new CriuOptions { ImagePath = DefaultImagePath };
        set => _options = value;
    }

    /// <summary>Reads the present option if it is one of these.</summary>
    internal bool TryTake(ref ArgumentReader reader)
    {
        CriuOptions options = Options;
        if (reader.Is("image-path")) { options = options with { ImagePath = reader.ReadText() ?? DefaultImagePath }; }
        else if (reader.Is("work-path")) { options = options with { WorkPath = reader.ReadText() }; }
        else if (reader.Is("tcp-established")) { options = options with { TcpEstablished = reader.ReadSwitch() }; }
        else if (reader.Is("tcp-close")) { options = options with { TcpClose = reader.ReadSwitch() }; }
        else if (reader.Is("ext-unix-sk")) { options = options with { ExternalUnixSockets = reader.ReadSwitch() }; }
        else if (reader.Is("shell-job")) { options = options with { ShellJob = reader.ReadSwitch() }; }
        else if (reader.Is("file-locks")) { options = options with { FileLocks = reader.ReadSwitch() }; }
        else if (reader.Is("auto-dedup")) { options = options with { AutoDeduplicate = reader.ReadSwitch() }; }
        else if (reader.Is("lazy-pages")) { options = options with { LazyPages = reader.ReadSwitch() }; }
        else if (reader.Is("manage-cgroups-mode")) { options = options with { CgroupMode = ReadCgroupMode(ref reader) }; }
        else if (reader.Is("empty-ns")) { CheckEmptyNamespace(ref reader); }
        else { return false; }

        Options = options;
        return true;
    }

    /// <summary>What was read, with absolute paths.</summary>
    internal readonly CriuOptions ToOptions() => Options with
    {
        ImagePath = HostPath.MakeAbsolute(Options.ImagePath)!,
        WorkPath = HostPath.MakeAbsolute(Options.WorkPath),
    };

    /// <summary>Reads the address of a page server.</summary>
    internal static CriuPageServer? ReadPageServer(ref ArgumentReader reader)
    {
        if (reader.ReadText() is not { } text)
        {
            return null;
        }

        // The address may be one of IPv6, in brackets.
        int colon = text.LastIndexOf(':');
        string address = colon < 0 ? "" : text[..colon];
        address = address is ['[', .., ']'] ? address[1..^1] : address;
        return address.Length != 0 && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0
            ? new CriuPageServer(address, port)
            : throw reader.Invalid(text, "not ADDRESS:PORT");
    }

    private static CriuCgroupMode ReadCgroupMode(ref ArgumentReader reader) => reader.ReadText() switch
    {
        null => CriuCgroupMode.Default,
        "soft" => CriuCgroupMode.Soft,
        "full" => CriuCgroupMode.Full,
        "strict" => CriuCgroupMode.Strict,
        "ignore" => CriuCgroupMode.Ignore,
        var other => throw reader.Invalid(other, "neither soft, full, strict nor ignore"),
    };

    /// <summary>Only network namespaces can be left empty, and they always are.</summary>
    private static void CheckEmptyNamespace(ref ArgumentReader reader)
    {
        if (reader.ReadText() is { } kind and not "network")
        {
            throw reader.Invalid(kind, "only network is supported");
        }
    }
}
