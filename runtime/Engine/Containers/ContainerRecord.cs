using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Bulkhead.Cgroups;
using Bulkhead.Cgroups.Systemd;
using Bulkhead.Specs;

namespace Bulkhead.Runtime.Containers;

/// <summary>What a later command needs to know of a container: the document <c>state.json</c> in its state folder.</summary>
public sealed record ContainerRecord
{
    private const int Version = 1;

    // More than a bundle's document may have, which lies one level deeper here.
    private const int MostDepth = 128;

    // One of its own: the ready-made ones work through all of Unicode when the first of them is used.
    private static JavaScriptEncoder? s_encoder;

    /// <summary>The container's id.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The bundle, an absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>The root file system, an absolute path on the host.</summary>
    public required string Rootfs { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The uid of who made it.</summary>
    public required uint Owner { get; init; }

    /// <summary>The layout of cgroups that it was made in; null when it has no cgroup.</summary>
    public required CgroupVersion? CgroupVersion { get; init; }

    /// <summary>Its cgroup's directories, as <see cref="ICgroup.Paths"/> gives them.</summary>
    public required IReadOnlyDictionary<string, string> CgroupPaths { get; init; }

    /// <summary>The unit of systemd that its cgroup belongs to; null where it was made by files.</summary>
    public SystemdUnit? CgroupUnit { get; init; }

    /// <summary>The groups of resctrl that end with it, as absolute paths in the order of removal.</summary>
    public IReadOnlyList<string> ResctrlGroups { get; init; } = [];

    /// <summary>The shared group of resctrl that is being made for it, an absolute path; null once there is a process, which others may be with.</summary>
    public string? ResctrlGroupWhileMade { get; init; }

    /// <summary>The limit of memory and swap together that an update has set last, in bytes; absent: the document's.</summary>
    public long? MemorySwap { get; init; }

    /// <summary>The init process, in the PID namespace of the runtime; 0 as long as there is none.</summary>
    public int Pid { get; init; }

    /// <summary>When the init process was started, in clock ticks since boot: with the pid it means one process for ever.</summary>
    /// <remarks>proc(5), <c>/proc/pid/stat</c>, field 22.</remarks>
    public ulong StartTime { get; init; }

    /// <summary>What the three standard streams led to when it was made, for a checkpoint; empty when they are a terminal's.</summary>
    /// <remarks>Links of procfs: <c>pipe:[4711]</c>, a path.</remarks>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>Whether its process was restored from a checkpoint, which puts it into a time namespace.</summary>
    public bool IsRestored { get; init; }

    /// <summary>The bundle's <c>config.json</c> as it was at the time of making, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>Writes the document.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        ArrayBufferWriter<byte> buffer = new(Config.Length + 2048);

        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = s_encoder ??= JavaScriptEncoder.Create(UnicodeRanges.BasicLatin) }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, Version);
            writer.WriteString("id"u8, Id.ToString());
            writer.WriteNumber("pid"u8, Pid);
            writer.WriteNumber("startTime"u8, StartTime);
            writer.WriteString("created"u8, Created);
            writer.WriteNumber("owner"u8, Owner);
            writer.WriteString("bundle"u8, Bundle);
            writer.WriteString("rootfs"u8, Rootfs);
            if (CgroupVersion is { } version)
            {
                writer.WriteNumber("cgroupVersion"u8, (int)version);
            }

            writer.WriteStartObject("cgroupPaths"u8);
            foreach ((string controller, string path) in CgroupPaths)
            {
                writer.WriteString(controller, path);
            }

            writer.WriteEndObject();
            if (CgroupUnit is { } unit)
            {
                writer.WriteString("cgroupUnit"u8, unit.Name);
                writer.WriteBoolean("cgroupUnitOfUser"u8, unit.IsOfUser);
            }

            WriteList(writer, "streams"u8, Streams);
            if (ResctrlGroups.Count > 0)
            {
                WriteList(writer, "resctrlGroups"u8, ResctrlGroups);
            }

            if (ResctrlGroupWhileMade is { } group)
            {
                writer.WriteString("resctrlGroupWhileMade"u8, group);
            }

            if (MemorySwap is { } swap)
            {
                writer.WriteNumber("memorySwap"u8, swap);
            }

            if (IsRestored)
            {
                writer.WriteBoolean("restored"u8, true);
            }

            writer.WritePropertyName("config"u8);
            writer.WriteRawValue(WithoutByteOrderMark(Config.Span), skipInputValidation: true);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Reads the document.</summary>
    /// <exception cref="JsonException">It is not what <see cref="ToJson"/> writes.</exception>
    public static ContainerRecord FromJson(ReadOnlyMemory<byte> json)
    {
        Utf8JsonReader reader = new(json.Span, new JsonReaderOptions { MaxDepth = MostDepth });
        Dictionary<string, string> paths = [];
        (int version, int pid, ulong startTime, DateTimeOffset created, uint owner) = (0, 0, 0UL, default(DateTimeOffset), 0u);
        (string? id, string? bundle, string? rootfs) = (null, null, null);
        List<string> streams = [];
        List<string> groups = [];
        string? groupWhileMade = null;
        bool isRestored = false;
        long? memorySwap = null;
        CgroupVersion? cgroupVersion = null;
        (string? unit, bool isOfUser) = (null, false);
        ContainerId parsedId;
        ReadOnlyMemory<byte> config = default;
        try
        {
            Expect(ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                switch (name)
                {
                    case "version":
                        version = reader.GetInt32();
                        break;
                    case "id":
                        id = reader.GetString();
                        break;
                    case "pid":
                        pid = reader.GetInt32();
                        break;
                    case "startTime":
                        startTime = reader.GetUInt64();
                        break;
                    case "created":
                        created = reader.GetDateTimeOffset();
                        break;
                    case "owner":
                        owner = reader.GetUInt32();
                        break;
                    case "bundle":
                        bundle = reader.GetString();
                        break;
                    case "rootfs":
                        rootfs = reader.GetString();
                        break;
                    case "cgroupVersion":
                        cgroupVersion = (CgroupVersion)reader.GetInt32();
                        break;
                    case "cgroupPaths":
                        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                        {
                            string controller = reader.GetString()!;
                            reader.Read();
                            paths[controller] = reader.GetString() ?? throw new JsonException("a cgroup without a path");
                        }

                        break;
                    case "cgroupUnit":
                        unit = reader.GetString();
                        break;
                    case "cgroupUnitOfUser":
                        isOfUser = reader.GetBoolean();
                        break;
                    case "streams":
                        ReadList(ref reader, streams);
                        break;
                    case "resctrlGroups":
                        ReadList(ref reader, groups);
                        break;
                    case "resctrlGroupWhileMade":
                        groupWhileMade = reader.GetString();
                        break;
                    case "memorySwap":
                        memorySwap = reader.GetInt64();
                        break;
                    case "restored":
                        isRestored = reader.GetBoolean();
                        break;
                    case "config":
                        int start = (int)reader.TokenStartIndex;
                        reader.Skip();
                        config = json[start..(int)reader.BytesConsumed];
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            // Throws for anything that stands behind the document.
            reader.Read();
            parsedId = ContainerId.Parse(id ?? "");
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new JsonException("a value of an unexpected type or out of range", error);
        }

        if (version != Version || bundle is null || rootfs is null || config.IsEmpty || cgroupVersion is not (null or (>= Cgroups.CgroupVersion.V1 and <= Cgroups.CgroupVersion.V2)))
        {
            throw new JsonException("not a state document of this version");
        }

        return new ContainerRecord
        {
            Id = parsedId,
            Bundle = bundle,
            Rootfs = rootfs,
            Created = created,
            Owner = owner,
            CgroupVersion = cgroupVersion,
            CgroupPaths = paths,
            CgroupUnit = unit is null ? null : new SystemdUnit(unit, isOfUser),
            Pid = pid,
            StartTime = startTime,
            Streams = streams,
            ResctrlGroups = groups,
            ResctrlGroupWhileMade = groupWhileMade,
            MemorySwap = memorySwap,
            IsRestored = isRestored,
            Config = config,
        };
    }

    private static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static void ReadList(ref Utf8JsonReader reader, List<string> texts)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            texts.Add(reader.GetString()!);
        }
    }

    /// <summary>The mark may stand before a document, not within one.</summary>
    private static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> config) =>
        config.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) ? config[3..] : config;

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"expected {type}");
        }
    }
}
