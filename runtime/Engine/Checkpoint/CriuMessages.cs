using System.Globalization;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>What is asked of CRIU, and what it answers, with the numbers of its protocol.</summary>
/// <remarks>criu, images/rpc.proto: <c>criu_req_type</c>.</remarks>
internal enum CriuMessageType
{
    Dump = 1,
    Restore = 2,
    Notify = 6,
    FeatureCheck = 9,
    SinglePreDump = 13,
}

/// <summary>A request: its options, in the words of <c>criu_opts</c>.</summary>
/// <remarks>criu, images/rpc.proto. The file descriptors are the runtime's, which CRIU opens by way of procfs; those that are inherited are CRIU's own.</remarks>
internal sealed class CriuRequest(CriuMessageType type)
{
    private const int CLONE_NEWNET = 0x40000000;
    private const int LogLevel = 4;

    private readonly ProtobufWriter _options = new();

    /// <summary>What is asked.</summary>
    internal CriuMessageType Type => type;

    /// <summary>The message.</summary>
    internal byte[] Encode()
    {
        ProtobufWriter request = new();
        request.Number(1, (int)type);
        if (type == CriuMessageType.FeatureCheck)
        {
            ProtobufWriter features = new();
            features.Flag(1, true);
            features.Flag(2, true);
            request.Message(5, features);
        }
        else
        {
            request.Message(2, _options);
        }

        return request.Written.ToArray();
    }

    /// <summary>The answer to a notification: go on.</summary>
    internal static byte[] EncodeNotified()
    {
        ProtobufWriter request = new();
        request.Number(1, (int)CriuMessageType.Notify);
        request.Flag(3, true);
        return request.Written.ToArray();
    }

    /// <summary>Sets what a dump and a restore have in common.</summary>
    internal void SetCommon(CriuOptions options, int imageDirectory, int? workDirectory, string root, string logFile)
    {
        _options.Number(1, imageDirectory);
        _options.Flag(4, options.ExternalUnixSockets);
        _options.Flag(5, options.TcpEstablished);
        _options.Flag(7, options.ShellJob);
        _options.Flag(8, options.FileLocks);
        _options.Number(9, LogLevel);
        _options.Text(10, logFile);
        _options.Flag(12, true);
        _options.Text(13, root);
        _options.Flag(16, options.AutoDeduplicate);
        if (workDirectory is { } work)
        {
            _options.Number(17, work);
        }

        // The first is how versions before the modes were told.
        _options.Flag(24, true);
        _options.Number(34, (int)options.CgroupMode);

        // What is in a network namespace is made by who owns it, and made again before a restore.
        _options.Number(38, CLONE_NEWNET);
        _options.Flag(48, options.LazyPages);
        _options.Flag(50, true);
        _options.Flag(52, options.TcpClose);
    }

    /// <summary>Sets the file with settings of CRIU's own.</summary>
    internal void SetConfigurationFile(string path) => _options.Text(51, path);

    /// <summary>Sets what a dump alone has.</summary>
    internal void SetDump(CheckpointOptions options, int pid, string? freezer)
    {
        _options.Number(2, pid);
        _options.Flag(3, options.LeaveRunning);
        if (options.Criu.PageServer is { } server)
        {
            ProtobufWriter message = new();
            message.Text(1, server.Address);
            message.Number(2, server.Port);
            _options.Message(11, message);
        }

        _options.Text(14, options.ParentPath);
        _options.Flag(15, options.ParentPath is not null);
        _options.Flag(18, options.Criu.LinkRemap);
        _options.Text(44, freezer);
        _options.Flag(46, options.Criu.TcpSkipInFlight);
    }

    /// <summary>Sets what a restore alone has.</summary>
    internal void SetRestore(CriuOptions options)
    {
        _options.Flag(6, true);

        // The container's process becomes the runtime's child, and not CRIU's.
        _options.Flag(26, true);
        _options.Text(53, options.LsmProfile);
        _options.Text(63, options.LsmMountContext);
    }

    /// <summary>Names a mount whose source is outside.</summary>
    /// <param name="key">The place in the container at the dump; what was its value there at the restore.</param>
    /// <param name="value">A name at the dump; the source on the host at the restore.</param>
    /// <exception cref="ContainerException">CRIU would read something else back.</exception>
    /// <remarks>
    /// CRIU writes both as <c>mnt[KEY]:VALUE</c>, and takes them apart at the first <c>]:</c>. The key is a place in the
    /// container, where a link of the image's may lead to any name: CVE-2026-115520, CVE-2026-119101.
    /// </remarks>
    internal void AddExternalMount(string key, string value)
    {
        if (key.Contains("]:", StringComparison.Ordinal) || key.Contains('\n', StringComparison.Ordinal))
        {
            throw new ContainerException($"the mount at \"{key}\" has a name that criu can't read back");
        }

        AddPair(23, key, value);
    }

    /// <summary>Names the root of the container's cgroup in a hierarchy.</summary>
    internal void AddCgroupRoot(string controller, string path)
    {
        ProtobufWriter message = new();
        message.Text(1, controller.Length == 0 ? null : controller);
        message.Text(2, path);
        _options.Message(25, message);
    }

    /// <summary>Gives CRIU one of its descriptors in place of an external resource.</summary>
    internal void AddInherited(string key, int descriptor)
    {
        ProtobufWriter message = new();
        message.Text(1, key);
        message.Number(2, descriptor);
        _options.Message(27, message);
    }

    /// <summary>Names something that is outside.</summary>
    internal void AddExternal(string resource) => _options.Text(37, resource);

    /// <summary>Has the container join a namespace.</summary>
    internal void AddJoined(string kind, string path) => AddPair(39, kind, path);

    private void AddPair(int field, string first, string second)
    {
        ProtobufWriter message = new();
        message.Text(1, first);
        message.Text(2, second);
        _options.Message(field, message);
    }
}

/// <summary>What CRIU answers: <c>criu_resp</c>.</summary>
internal sealed record CriuResponse
{
    /// <summary>What it is about.</summary>
    internal CriuMessageType Type { get; private init; }

    /// <summary>Whether it was done.</summary>
    internal bool IsSuccess { get; private init; }

    /// <summary>Why not, in CRIU's words; empty when it has none.</summary>
    internal string Cause { get; private init; } = "";

    /// <summary>At which point of its work it is, of a notification.</summary>
    internal string Notification { get; private init; } = "";

    /// <summary>The container's process, of some notifications, by its number in the PID namespace of CRIU.</summary>
    internal int Pid { get; private init; }

    /// <summary>Whether the kernel tracks which memory has changed.</summary>
    internal bool TracksMemory { get; private init; }

    /// <summary>Whether memory can be restored when it is first touched.</summary>
    internal bool HasLazyPages { get; private init; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">The bytes are none.</exception>
    internal static CriuResponse Decode(ReadOnlySpan<byte> bytes)
    {
        CriuResponse response = new();
        ProtobufReader reader = new(bytes);
        while (reader.Next())
        {
            response = reader.Field switch
            {
                1 => response with { Type = (CriuMessageType)reader.Number },
                2 => response with { IsSuccess = reader.Number != 0 },
                5 => response.WithNotification(reader.Bytes),
                7 when response.Cause.Length == 0 => response with { Cause = string.Create(CultureInfo.InvariantCulture, $"errno {(int)reader.Number}") },
                8 => response.WithFeatures(reader.Bytes),
                9 => response with { Cause = reader.Text.Trim() },
                _ => response,
            };
        }

        return response;
    }

    private CriuResponse WithNotification(ReadOnlySpan<byte> bytes)
    {
        CriuResponse response = this;
        ProtobufReader reader = new(bytes);
        while (reader.Next())
        {
            response = reader.Field switch
            {
                1 => response with { Notification = reader.Text },
                2 => response with { Pid = (int)reader.Number },
                _ => response,
            };
        }

        return response;
    }

    private CriuResponse WithFeatures(ReadOnlySpan<byte> bytes)
    {
        CriuResponse response = this;
        ProtobufReader reader = new(bytes);
        while (reader.Next())
        {
            response = reader.Field switch
            {
                1 => response with { TracksMemory = reader.Number != 0 },
                2 => response with { HasLazyPages = reader.Number != 0 },
                _ => response,
            };
        }

        return response;
    }
}
