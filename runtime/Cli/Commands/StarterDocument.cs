using System.Globalization;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>The configuration to start from: to the byte what runc 1.3 writes, but for the host name.</summary>
/// <remarks>
/// It follows version 1.2.1 of the specification and uses nothing newer, so that it serves other runtimes as well.
/// </remarks>
internal static class StarterDocument
{
    private const string SystemMount = """
        		{
        			"destination": "/sys",
        			"type": "sysfs",
        			"source": "sysfs",
        			"options": [
        				"nosuid",
        				"noexec",
        				"nodev",
        				"ro"
        			]
        		},
        """;

    private const string SystemMountOfUser = """
        		{
        			"destination": "/sys",
        			"type": "none",
        			"source": "/sys",
        			"options": [
        				"rbind",
        				"nosuid",
        				"noexec",
        				"nodev",
        				"ro"
        			]
        		},
        """;

    private const string Limits = """
        		"resources": {
        			"devices": [
        				{
        					"allow": false,
        					"access": "rwm"
        				}
        			]
        		},
        """;

    /// <summary>Writes the document.</summary>
    /// <param name="cgroupNamespace">Whether the container gets a cgroup namespace, which is of use where cgroups are unified.</param>
    /// <param name="user">The user without privileges that it is for, who becomes root inside; absent: root.</param>
    internal static string Write(bool cgroupNamespace, (uint Uid, uint Gid)? user)
    {
        string terminalGroup = user is null ? ",\n\t\t\t\t\"gid=5\"" : "";
        string sys = user is null ? SystemMount : SystemMountOfUser;
        string limits = user is { } own ? Mappings(own.Uid, own.Gid) : Limits;
        string namespaces = Namespaces(cgroupNamespace, user is not null);
        return $$"""
            {
            	"ociVersion": "1.2.1",
            	"process": {
            		"terminal": true,
            		"user": {
            			"uid": 0,
            			"gid": 0
            		},
            		"args": [
            			"sh"
            		],
            		"env": [
            			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            			"TERM=xterm"
            		],
            		"cwd": "/",
            		"capabilities": {
            			"bounding": [
            				"CAP_AUDIT_WRITE",
            				"CAP_KILL",
            				"CAP_NET_BIND_SERVICE"
            			],
            			"effective": [
            				"CAP_AUDIT_WRITE",
            				"CAP_KILL",
            				"CAP_NET_BIND_SERVICE"
            			],
            			"permitted": [
            				"CAP_AUDIT_WRITE",
            				"CAP_KILL",
            				"CAP_NET_BIND_SERVICE"
            			]
            		},
            		"rlimits": [
            			{
            				"type": "RLIMIT_NOFILE",
            				"hard": 1024,
            				"soft": 1024
            			}
            		],
            		"noNewPrivileges": true
            	},
            	"root": {
            		"path": "rootfs",
            		"readonly": true
            	},
            	"hostname": "bulkhead",
            	"mounts": [
            		{
            			"destination": "/proc",
            			"type": "proc",
            			"source": "proc"
            		},
            		{
            			"destination": "/dev",
            			"type": "tmpfs",
            			"source": "tmpfs",
            			"options": [
            				"nosuid",
            				"strictatime",
            				"mode=755",
            				"size=65536k"
            			]
            		},
            		{
            			"destination": "/dev/pts",
            			"type": "devpts",
            			"source": "devpts",
            			"options": [
            				"nosuid",
            				"noexec",
            				"newinstance",
            				"ptmxmode=0666",
            				"mode=0620"{{terminalGroup}}
            			]
            		},
            		{
            			"destination": "/dev/shm",
            			"type": "tmpfs",
            			"source": "shm",
            			"options": [
            				"nosuid",
            				"noexec",
            				"nodev",
            				"mode=1777",
            				"size=65536k"
            			]
            		},
            		{
            			"destination": "/dev/mqueue",
            			"type": "mqueue",
            			"source": "mqueue",
            			"options": [
            				"nosuid",
            				"noexec",
            				"nodev"
            			]
            		},
            {{sys}}
            		{
            			"destination": "/sys/fs/cgroup",
            			"type": "cgroup",
            			"source": "cgroup",
            			"options": [
            				"nosuid",
            				"noexec",
            				"nodev",
            				"relatime",
            				"ro"
            			]
            		}
            	],
            	"linux": {
            {{limits}}
            		"namespaces": [
            {{namespaces}}
            		],
            		"maskedPaths": [
            			"/proc/acpi",
            			"/proc/asound",
            			"/proc/kcore",
            			"/proc/keys",
            			"/proc/latency_stats",
            			"/proc/timer_list",
            			"/proc/timer_stats",
            			"/proc/sched_debug",
            			"/sys/firmware",
            			"/proc/scsi"
            		],
            		"readonlyPaths": [
            			"/proc/bus",
            			"/proc/fs",
            			"/proc/irq",
            			"/proc/sys",
            			"/proc/sysrq-trigger"
            		]
            	}
            }
            """;
    }

    private static string Namespaces(bool cgroup, bool user)
    {
        ReadOnlySpan<string> types = (cgroup, user) switch
        {
            (false, false) => ["pid", "network", "ipc", "uts", "mount"],
            (true, false) => ["pid", "network", "ipc", "uts", "mount", "cgroup"],
            (false, true) => ["pid", "ipc", "uts", "mount", "user"],
            (true, true) => ["pid", "ipc", "uts", "mount", "cgroup", "user"],
        };
        string text = "";
        foreach (string type in types)
        {
            text += $"{(text.Length == 0 ? "" : ",\n")}\t\t\t{{\n\t\t\t\t\"type\": \"{type}\"\n\t\t\t}}";
        }

        return text;
    }

    private static string Mappings(uint uid, uint gid) => string.Create(CultureInfo.InvariantCulture, $$"""
        		"uidMappings": [
        			{
        				"containerID": 0,
        				"hostID": {{uid}},
        				"size": 1
        			}
        		],
        		"gidMappings": [
        			{
        				"containerID": 0,
        				"hostID": {{gid}},
        				"size": 1
        			}
        		],
        """);
}
