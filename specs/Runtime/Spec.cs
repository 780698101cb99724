using System.Text.Json;
using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The configuration of a container: a bundle's <c>config.json</c>.</summary>
/// <remarks>runtime-spec 1.3, config.md.</remarks>
public sealed record Spec : IJsonObject<Spec>
{
    /// <summary>The version of the runtime specification that the bundle follows, in SemVer 2.0.0.</summary>
    public required string OciVersion { get; init; }

    /// <summary>The container's init process; absent is allowed until the container is started.</summary>
    public Process? Process { get; init; }

    /// <summary>The root file system; required on Linux, which is checked by the runtime.</summary>
    public Root? Root { get; init; }

    /// <summary>The host name in the container's UTS namespace; absent leaves it alone.</summary>
    public string? Hostname { get; init; }

    /// <summary>The NIS domain name in the container's UTS namespace; absent leaves it alone.</summary>
    public string? Domainname { get; init; }

    /// <summary>Mounts on top of the root, made in this order.</summary>
    public Mount[]? Mounts { get; init; }

    /// <summary>Commands to run at points of the container's life.</summary>
    public Hooks? Hooks { get; init; }

    /// <summary>Metadata of any kind; keys are unique and never empty.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>What is particular to Linux.</summary>
    public LinuxSection? Linux { get; init; }

    /// <summary>The Solaris section, kept unread: such a container cannot run here.</summary>
    public JsonElement? Solaris { get; init; }

    /// <summary>The Windows section, kept unread: such a container cannot run here.</summary>
    public JsonElement? Windows { get; init; }

    /// <summary>The virtual machine section, kept unread: such a container cannot run here.</summary>
    public JsonElement? Vm { get; init; }

    /// <summary>The z/OS section, kept unread: such a container cannot run here.</summary>
    public JsonElement? Zos { get; init; }

    /// <summary>The FreeBSD section, kept unread: such a container cannot run here.</summary>
    public JsonElement? Freebsd { get; init; }

    static Spec IJsonObject<Spec>.Read(ref JsonObjectReader reader)
    {
        string? ociVersion = null;
        Process? process = null;
        Root? root = null;
        string? hostname = null;
        string? domainname = null;
        Mount[]? mounts = null;
        Hooks? hooks = null;
        IReadOnlyDictionary<string, string>? annotations = null;
        LinuxSection? linux = null;
        JsonElement? solaris = null;
        JsonElement? windows = null;
        JsonElement? vm = null;
        JsonElement? zos = null;
        JsonElement? freebsd = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("ociVersion"u8)) { ociVersion = reader.ReadString(); }
            else if (reader.Is("process"u8)) { process = reader.Read<Process>(); }
            else if (reader.Is("root"u8)) { root = reader.Read<Root>(); }
            else if (reader.Is("hostname"u8)) { hostname = reader.ReadString(); }
            else if (reader.Is("domainname"u8)) { domainname = reader.ReadString(); }
            else if (reader.Is("mounts"u8)) { mounts = reader.ReadArray<Mount>(); }
            else if (reader.Is("hooks"u8)) { hooks = reader.Read<Hooks>(); }
            else if (reader.Is("annotations"u8)) { annotations = reader.ReadStringMap(); }
            else if (reader.Is("linux"u8)) { linux = reader.Read<LinuxSection>(); }
            else if (reader.Is("solaris"u8)) { solaris = reader.ReadElement(); }
            else if (reader.Is("windows"u8)) { windows = reader.ReadElement(); }
            else if (reader.Is("vm"u8)) { vm = reader.ReadElement(); }
            else if (reader.Is("zos"u8)) { zos = reader.ReadElement(); }
            else if (reader.Is("freebsd"u8)) { freebsd = reader.ReadElement(); }
            else { reader.SkipUnknown(); }
        }

        return new Spec
        {
            OciVersion = ociVersion ?? throw reader.Missing("ociVersion"),
            Process = process,
            Root = root,
            Hostname = hostname,
            Domainname = domainname,
            Mounts = mounts,
            Hooks = hooks,
            Annotations = annotations,
            Linux = linux,
            Solaris = solaris,
            Windows = windows,
            Vm = vm,
            Zos = zos,
            Freebsd = freebsd,
        };
    }

    void IJsonObject<Spec>.Write(JsonObjectWriter writer)
    {
        writer.Write("ociVersion"u8, OciVersion);
        writer.WriteObject("process"u8, Process);
        writer.WriteObject("root"u8, Root);
        writer.Write("hostname"u8, Hostname);
        writer.Write("domainname"u8, Domainname);
        writer.WriteArray("mounts"u8, Mounts);
        writer.WriteObject("hooks"u8, Hooks);
        writer.Write("annotations"u8, Annotations);
        writer.WriteObject("linux"u8, Linux);
        writer.Write("solaris"u8, Solaris);
        writer.Write("windows"u8, Windows);
        writer.Write("vm"u8, Vm);
        writer.Write("zos"u8, Zos);
        writer.Write("freebsd"u8, Freebsd);
    }
}
