using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses what the specification has and this runtime does not do yet; nothing is ignored in silence.</summary>
internal static class UnsupportedCheck
{
    /// <summary>Checks a document for a new container.</summary>
    /// <exception cref="ContainerException">It asks for something that is not supported.</exception>
    public static void Check(Spec spec)
    {
        LinuxSection linux = spec.Linux!;
        Refuse(linux.IntelRdt is not null, "linux.intelRdt");
        Refuse(linux.MountLabel is { Length: > 0 }, "linux.mountLabel");
    }

    /// <summary>Checks a process, of the document or of an exec.</summary>
    /// <exception cref="ContainerException">It asks for something that is not supported.</exception>
    public static void CheckProcess(Process process)
    {
        Refuse(process.SelinuxLabel is { Length: > 0 }, "process.selinuxLabel");
    }

    private static void Refuse(bool asked, string what)
    {
        if (asked)
        {
            throw new ContainerException($"{what}: not supported yet");
        }
    }
}
