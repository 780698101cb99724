using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Json;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>features</c> prints what this runtime can do, whatever the host can.</summary>
/// <remarks>runtime-spec 1.3, features.md and features-linux.md.</remarks>
internal static class FeaturesCommand
{
    internal const string Help = """
        usage: runtime features

        Prints what this runtime can do as the features document of the specification.

        """;

    internal static int Run(ReadOnlySpan<string> arguments)
    {
        ArgumentReader reader = new(arguments);
        if (reader.NextOption())
        {
            throw reader.Unknown();
        }

        reader.RefuseOperands("features");
        ProcessStreams.Print([.. SpecJson.Write(Document(), indented: true), (byte)'\n']);
        return ExitCode.Success;
    }

    internal static Features Document() => new()
    {
        OciVersionMin = "1.0.0",
        OciVersionMax = BuildVersion.Specification,
        Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        MountOptions = [.. MountOptions.Known],
        Linux = new LinuxFeatures
        {
            Namespaces = Spelled.All<LinuxNamespaceType, LinuxNamespaceTypeSpelling>(),
            Capabilities = CapabilitySet.Known.Names(),
            Cgroup = new CgroupFeatures { V1 = true, V2 = true, Systemd = true, SystemdUser = true, Rdma = true },
            Seccomp = new SeccompFeatures
            {
                Enabled = true,
                Actions = SeccompSupport.Actions,
                Operators = SeccompSupport.Operators,
                Archs = SeccompSupport.Architectures,
                KnownFlags = SeccompSupport.KnownFlags,
                SupportedFlags = SeccompSupport.SupportedFlags(),
            },
            Apparmor = new ApparmorFeatures { Enabled = true },
            Selinux = new SelinuxFeatures { Enabled = true },
            IntelRdt = new IntelRdtFeatures { Enabled = true, Schemata = true, Monitoring = true },
            MountExtensions = new MountExtensionsFeatures { Idmap = new IdmapFeatures { Enabled = false } },
            MemoryPolicy = new MemoryPolicyFeatures
            {
                Modes = Spelled.All<MemoryPolicyMode, MemoryPolicyModeSpelling>(),
                Flags = Spelled.All<MemoryPolicyFlag, MemoryPolicyFlagSpelling>(),
            },
            NetDevices = new NetDevicesFeatures { Enabled = true },
        },
        Annotations = Annotations(),
        PotentiallyUnsafeConfigAnnotations = ["org.criu.config"],
    };

    private static Dictionary<string, string> Annotations()
    {
        Dictionary<string, string> annotations = new()
        {
            ["io.bulkhead.runtime.checkpoint.enabled"] = "true",
            ["io.bulkhead.runtime.version"] = BuildVersion.Version,
            ["io.github.seccomp.libseccomp.version"] = SeccompLibrary.Version,
        };
        if (BuildVersion.Commit.Length != 0)
        {
            annotations["io.bulkhead.runtime.commit"] = BuildVersion.Commit;
        }

        return annotations;
    }
}
