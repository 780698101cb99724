using System.Text.Json.Nodes;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Documents that are well-formed and can't be carried out.</summary>
[TestFixture]
internal sealed class ValueTests
{
    private static IEnumerable<TestCaseData> Documents()
    {
        yield return Case("a mount source that is missing", bundle => bundle.Mount("/mnt", "bind", "/no/such/source", "rbind"), "/no/such/source", "/mnt", "no such file or directory");
        yield return Case("a file system of an unknown type", bundle => bundle.Mount("/mnt", "nosuchfs", "none"), "nosuchfs", "/mnt");
        yield return Case("an option that the file system does not know", bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "no-such-option"), "no-such-option", "/mnt");
        yield return Case("an option with a bad value", bundle => bundle.Mount("/mnt", "tmpfs", "tmpfs", "size=much"), "size", "/mnt");
        yield return Case("a bind mount over a file that is a folder", bundle => bundle.Mount("/etc", "bind", bundle.ConfigPath, "bind"), "/etc");
        yield return Case("a mount without a type", bundle => bundle.Array("mounts").Add(new JsonObject { ["destination"] = "/mnt" }), "type");

        yield return Case("an unknown capability", bundle => bundle.Process.Capabilities("CAP_FLY"), "process.capabilities", "CAP_FLY");
        yield return Case("a capability in lower case", bundle => bundle.Process.Capabilities("kill"), "process.capabilities", "kill");
        yield return Case("an unknown namespace", bundle => bundle.Namespace("gravity"), "linux.namespaces", "gravity");
        yield return Case("a namespace twice", bundle => bundle.Array("linux.namespaces").Add(new JsonObject { ["type"] = "pid" }), "linux.namespaces", "twice");
        yield return Case("a namespace by a path that does not exist", bundle => bundle.Namespace("network", "/no/such/ns"), "linux.namespaces", "/no/such/ns", "no such file or directory");
        yield return Case("a namespace by the path of one of another type", bundle => bundle.Namespace("network", "/proc/self/ns/uts"), "linux.namespaces", "/proc/self/ns/uts");
        yield return Case("a namespace by the path of a file", bundle => bundle.Namespace("network", "/etc/passwd"), "linux.namespaces", "/etc/passwd");
        yield return Case("an unknown limit", bundle => bundle.Process.Rlimit("RLIMIT_PATIENCE", 1, 1), "process.rlimits", "RLIMIT_PATIENCE");
        yield return Case("a soft limit above the hard one", bundle => bundle.Process.Rlimit("RLIMIT_NOFILE", 2048, 1024), "process.rlimits", "2048", "1024");
        yield return Case("a limit twice", bundle => bundle.Array("process.rlimits").Add(new JsonObject { ["type"] = "RLIMIT_NOFILE", ["soft"] = 1, ["hard"] = 1 }), "process.rlimits", "twice");
        yield return Case("a hostname without a namespace for it", bundle => bundle.WithoutNamespace("uts"), "hostname", "uts");
        yield return Case("a hostname that is too long", bundle => bundle.Set("hostname", new string('h', 65)), "hostname");
        yield return Case("a setting of the host's kernel", bundle => bundle.Object("linux.sysctl")["kernel.panic"] = "10", "linux.sysctl", "kernel.panic");
        yield return Case("a network setting without a namespace for it", bundle => bundle.WithoutNamespace("network").Object("linux.sysctl")["net.ipv4.ip_forward"] = "1", "linux.sysctl", "net.ipv4.ip_forward");
        yield return Case("a setting that leads elsewhere", bundle => bundle.Object("linux.sysctl")["net/../kernel/panic"] = "10", "linux.sysctl", "net/../kernel/panic");
        yield return Case("a setting that the kernel does not have", bundle => bundle.Object("linux.sysctl")["net.no.such"] = "10", "net.no.such");
        yield return Case("a propagation that there isn't", bundle => bundle.Set("linux.rootfsPropagation", "sideways"), "linux.rootfsPropagation", "sideways");
        yield return Case("a device of an unknown type", bundle => bundle.Array("linux.devices").Add(new JsonObject { ["path"] = "/dev/x", ["type"] = "x", ["major"] = 1, ["minor"] = 1 }), "linux.devices", "\"x\"");
        yield return Case("a device without numbers", bundle => bundle.Array("linux.devices").Add(new JsonObject { ["path"] = "/dev/x", ["type"] = "c" }), "linux.devices");
        yield return Case("a device by a relative path", bundle => bundle.Array("linux.devices").Add(new JsonObject { ["path"] = "dev/x", ["type"] = "c", ["major"] = 1, ["minor"] = 3 }), "linux.devices", "dev/x");
        yield return Case("a user out of range", bundle => bundle.Set("process.user.uid", 4294967295), "process.user.uid");
        yield return Case("a user namespace without mappings", bundle => bundle.Namespace("user"), "linux.uidMappings");
        yield return Case("mappings without a user namespace", bundle => bundle.UserNamespace().WithoutNamespace("user"), "linux.uidMappings");
        yield return Case("an unknown action of a seccomp filter", bundle => bundle.Set("linux.seccomp", new JsonObject { ["defaultAction"] = "SCMP_ACT_PRAY" }), "linux.seccomp.defaultAction", "SCMP_ACT_PRAY");
        yield return Case("a score for the out-of-memory killer that is out of range", bundle => bundle.Set("process.oomScoreAdj", 1001), "oomScoreAdj");
        yield return Case("a profile of AppArmor where there is none", bundle => bundle.Set("process.apparmorProfile", "no-such-profile"), "apparmor");
        yield return Case("an unknown personality", bundle => bundle.Set("linux.personality", new JsonObject { ["domain"] = "LINUX64K" }), "linux.personality");
        yield return Case("a flag of a personality", bundle => bundle.Set("linux.personality", Json("{'domain': 'LINUX', 'flags': ['SHORT_INODE']}")), "linux.personality.flags", "SHORT_INODE");
        yield return Case("an unknown scheduling policy", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_LAZY'}")), "process.scheduler.policy", "SCHED_LAZY");
        yield return Case("an unknown scheduling flag", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_OTHER', 'flags': ['SCHED_FLAG_X']}")), "process.scheduler.flags", "SCHED_FLAG_X");
        yield return Case("a nice value out of range", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_OTHER', 'nice': 20}")), "process.scheduler.nice", "20");
        yield return Case("a nice value below the range", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_BATCH', 'nice': -21}")), "process.scheduler.nice", "-21");
        yield return Case("a real-time policy without a priority", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_FIFO'}")), "process.scheduler.priority", "0");
        yield return Case("a real-time priority out of range", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_RR', 'priority': 100}")), "process.scheduler.priority", "100");
        yield return Case("a real-time priority of another policy", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_IDLE', 'priority': 1}")), "process.scheduler.priority");
        yield return Case("a deadline of another policy", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_OTHER', 'deadline': 1000000}")), "process.scheduler", "SCHED_DEADLINE");
        yield return Case("a deadline below the run time", bundle => bundle.Set("process.scheduler", Json("{'policy': 'SCHED_DEADLINE', 'runtime': 2000000, 'deadline': 1000000}")), "process.scheduler", "SCHED_DEADLINE", "invalid argument");
        yield return Case("an unknown class of access to disks", bundle => bundle.Set("process.ioPriority", Json("{'class': 'IOPRIO_CLASS_NONE', 'priority': 0}")), "process.ioPriority.class", "IOPRIO_CLASS_NONE");
        yield return Case("a level of access to disks above the range", bundle => bundle.Set("process.ioPriority", Json("{'class': 'IOPRIO_CLASS_BE', 'priority': 8}")), "process.ioPriority.priority", "8");
        yield return Case("a level of access to disks below the range", bundle => bundle.Set("process.ioPriority", Json("{'class': 'IOPRIO_CLASS_BE', 'priority': -1}")), "process.ioPriority.priority", "-1");
        yield return Case("processors of an exec that are no list", bundle => bundle.Set("process.execCPUAffinity", Json("{'initial': '0-'}")), "process.execCPUAffinity.initial", "0-");
        yield return Case("processors of an exec that go backwards", bundle => bundle.Set("process.execCPUAffinity", Json("{'final': '1-0'}")), "process.execCPUAffinity.final", "1-0");
        yield return Case("processors of an exec that are none", bundle => bundle.Set("process.execCPUAffinity", Json("{'final': ', ,'}")), "process.execCPUAffinity.final", ", ,");
        yield return Case("a processor of an exec that cannot be", bundle => bundle.Set("process.execCPUAffinity", Json("{'final': '0,4294967295'}")), "process.execCPUAffinity.final", "4294967295");
        yield return Case("an unknown mode of memory", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_FAR'}")), "linux.memoryPolicy.mode", "MPOL_FAR");
        yield return Case("an unknown flag of memory", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_BIND', 'nodes': '0', 'flags': ['MPOL_F_X']}")), "linux.memoryPolicy.flags", "MPOL_F_X");
        yield return Case("memory nodes that are no list", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_BIND', 'nodes': 'all'}")), "linux.memoryPolicy.nodes", "all");
        yield return Case("memory nodes of a mode that takes none", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_LOCAL', 'nodes': '0'}")), "linux.memoryPolicy.nodes", "MPOL_LOCAL");
        yield return Case("no memory nodes for a mode that needs one", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_INTERLEAVE'}")), "linux.memoryPolicy.nodes", "MPOL_INTERLEAVE");
        yield return Case("a memory node that the machine does not have", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_BIND', 'nodes': '1023'}")), "linux.memoryPolicy", "MPOL_BIND", "invalid argument");
        yield return Case("a memory node that cannot be", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_BIND', 'nodes': '0-1024'}")), "linux.memoryPolicy.nodes", "1024");
        yield return Case("memory flags that exclude each other", bundle => bundle.Set("linux.memoryPolicy", Json("{'mode': 'MPOL_BIND', 'nodes': '0', 'flags': ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES']}")), "linux.memoryPolicy", "invalid argument");
        yield return Case("a label that there is on no machine", bundle => bundle.Set("process.selinuxLabel", "bh_u:bh_r:bh_t:s0"), "process.selinuxLabel", "bh_u:bh_r:bh_t:s0");
        yield return Case("a label of mounts that there is on no machine", bundle => bundle.Set("linux.mountLabel", "bh_u:object_r:bh_t:s0"), "bh_u:object_r:bh_t:s0");
        yield return Case("a label that is none", bundle => bundle.Set("process.selinuxLabel", "container_t"), "process.selinuxLabel", "container_t", "no SELinux label");
        yield return Case("a label of mounts with an option behind it", bundle => bundle.Set("linux.mountLabel", "a:b:c\",size=1,x=\""), "linux.mountLabel", "no SELinux label");
        yield return Case("a class of service that there isn't", bundle => bundle.Set("linux.intelRdt", Json("{'closID': 'bh-none'}")), "linux.intelRdt");
        yield return Case("a class of service that leads elsewhere", bundle => bundle.Set("linux.intelRdt", Json("{'closID': '../x'}")), "linux.intelRdt.closID", "../x");
        yield return Case("memory bandwidth that is none", bundle => bundle.Set("linux.intelRdt", Json("{'memBwSchema': 'L3:0=f'}")), "linux.intelRdt.memBwSchema", "L3:0=f");
        yield return Case("a network device that there isn't", bundle => bundle.Set("linux.netDevices", Json("{'bhnone': {}}")), "linux.netDevices.bhnone", "no such network device");
        yield return Case("a network device that cannot be moved", bundle => bundle.Set("linux.netDevices", Json("{'lo': {'name': 'outer'}}")), "linux.netDevices.lo", "invalid argument");
        yield return Case("a network device whose name is taken", bundle => bundle.Set("linux.netDevices", Json("{'lo': {}}")), "linux.netDevices.lo", "exists already");
        yield return Case("a network device without a namespace for it", bundle => bundle.WithoutNamespace("network").Set("linux.netDevices", Json("{'bhnone': {}}")), "linux.netDevices", "network namespace");
        yield return Case("a network device and the host's own namespace", bundle => bundle.Namespace("network", "/proc/self/ns/net").Set("linux.netDevices", Json("{'bhnone': {}}")), "linux.namespaces", "/proc/self/ns/net");
        yield return Case("a hook by a relative path", bundle => bundle.Hook("prestart", "bin/true"), "hooks.prestart", "bin/true");
        yield return Case("a hook without time", bundle => bundle.Hook("prestart", "/bin/true").Array("hooks.prestart")[0]!["timeout"] = 0, "hooks.prestart", "timeout");
    }

    [TestCaseSource(nameof(Documents))]
    [CancelAfter(60_000)]
    public void A_document_is_refused_with(Action<TestBundle> change, string[] causes) => Refusal.OfBundle(change, causes);

    /// <summary>An object, in JSON with single quotes.</summary>
    private static JsonNode Json(string text) => JsonNode.Parse(text.Replace('\'', '"'))!;

    private static TestCaseData Case(string name, Action<TestBundle> change, params string[] causes) =>
        new TestCaseData(change, causes).SetArgDisplayNames(name);
}
