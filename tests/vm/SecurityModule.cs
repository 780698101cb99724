using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Vm;

/// <summary>The security module of the machine's kernel, and a label of it that a container can be given.</summary>
/// <param name="Property">Where the document has the label.</param>
/// <param name="ExecOption">The option that gives it to an exec.</param>
/// <param name="Label">The label.</param>
/// <param name="File">The file of a process's folder in procfs that shows it.</param>
/// <param name="Shown">What the file shows.</param>
internal sealed record SecurityModule(string Property, string ExecOption, string Label, string File, string Shown)
{
    /// <summary>The profile of AppArmor that <see cref="LoadProfile"/> loads.</summary>
    public const string Profile = "bulkhead-test-profile";

    /// <summary>A label that the SELinux machine's policy knows.</summary>
    public const string ProcessLabel = "system_u:system_r:container_t:s0:c1,c2";

    private static readonly SecurityModule s_appArmor = new("process.apparmorProfile", "--apparmor", Profile, "attr/apparmor/current", $"{Profile} (enforce)");
    private static readonly SecurityModule s_selinux = new("process.selinuxLabel", "--process-label", ProcessLabel, "attr/current", ProcessLabel);

    /// <summary>That of this machine.</summary>
    public static SecurityModule Here => Directory.Exists("/sys/fs/selinux") ? s_selinux : s_appArmor;

    /// <summary>Loads a profile that forbids one file, <c>/forbidden</c>, and nothing else of what containers do.</summary>
    public static void LoadProfile()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("profile", $$"""
            profile {{Profile}} flags=(attach_disconnected,mediate_deleted) {
              file, capability, mount, umount, network, signal, ptrace, unix,
              deny /forbidden rw,
            }

            """);
        new HostCommand(folder, "apparmor_parser").Run("--replace", "--skip-cache", file).MustSucceed();
    }

    /// <summary>The label of a process, as the kernel shows it to the host.</summary>
    public string Of(HostProcess process) => process.Read(File).TrimEnd('\0', '\n');
}
