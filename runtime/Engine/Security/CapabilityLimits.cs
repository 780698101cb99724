using Bulkhead.Linux.Processes;

namespace Bulkhead.Runtime.Security;

/// <summary>What a container's capabilities are bounded by.</summary>
/// <param name="Supported">The capabilities that the running kernel knows.</param>
/// <param name="Bounding">The bounding set of the process that becomes the container.</param>
/// <param name="Permitted">The permitted set of the process that becomes the container.</param>
public readonly record struct CapabilityLimits(CapabilitySet Supported, CapabilitySet Bounding, CapabilitySet Permitted)
{
    /// <summary>The limits of a process cloned from this one.</summary>
    /// <param name="entersUserNamespace">Whether it enters a user namespace, new or not, which gives it every capability there.</param>
    /// <exception cref="Linux.LinuxException">As capget(2).</exception>
    /// <remarks>user_namespaces(7), "Capabilities".</remarks>
    public static CapabilityLimits OfChild(bool entersUserNamespace)
    {
        (CapabilitySet bounding, CapabilitySet supported) = Capabilities.ReadBounding();
        return entersUserNamespace
            ? new CapabilityLimits(supported, supported, supported)
            : new CapabilityLimits(supported, bounding, Capabilities.ReadPermitted());
    }
}
