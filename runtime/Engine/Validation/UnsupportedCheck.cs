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
    }

    private static void Refuse(bool asked, string what)
    {
        if (asked)
        {
            throw new ContainerException($"{what}: not supported yet");
        }
    }
}
