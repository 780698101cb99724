using Bulkhead.Linux;
using Bulkhead.Linux.Processes;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>The capability sets that a process is to have, decided and checked before it is cloned.</summary>
/// <remarks>
/// <para>runtime-spec 1.3, config.md, "Linux Process", capabilities; capabilities(7).</para>
/// <para>
/// The child calls <see cref="LimitBounding"/>, changes its user with the capabilities kept
/// (<see cref="Capabilities.KeepAcrossUserChange"/>), and then calls <see cref="Apply"/>.
/// </para>
/// </remarks>
public sealed class CapabilityPlan
{
    private CapabilityPlan()
    {
    }

    /// <summary>What an execve can gain at most.</summary>
    public CapabilitySet Bounding { get; private init; }

    /// <summary>What the kernel checks.</summary>
    public CapabilitySet Effective { get; private init; }

    /// <summary>What the effective set may hold at most.</summary>
    public CapabilitySet Permitted { get; private init; }

    /// <summary>What is kept over the execve of a file that allows it.</summary>
    public CapabilitySet Inheritable { get; private init; }

    /// <summary>What is kept over the execve of an ordinary file.</summary>
    public CapabilitySet Ambient { get; private init; }

    /// <summary>What was asked for and is left out, as the kernel or this process doesn't have it: worth a warning.</summary>
    public CapabilitySet Unavailable { get; private init; }

    /// <summary>What was asked for as ambient and is left out, as it is not permitted and inheritable too: worth a warning.</summary>
    public CapabilitySet AmbientLeftOut { get; private init; }

    private CapabilitySet Supported { get; init; }

    /// <summary>Plans the sets of a process.</summary>
    /// <param name="capabilities">The sets by name; null is no capability at all.</param>
    /// <param name="limits">What can be had here.</param>
    /// <param name="path">Where <paramref name="capabilities"/> are in the document, for messages.</param>
    /// <exception cref="SpecException">
    /// A name is unknown; or a set holds what the kernel would refuse: effective but not permitted, inheritable but not in
    /// the bounding set.
    /// </exception>
    public static CapabilityPlan From(LinuxCapabilities? capabilities, in CapabilityLimits limits, string path = "process.capabilities")
    {
        capabilities ??= new LinuxCapabilities();
        CapabilitySet bounding = Parse(capabilities.Bounding, path, "bounding");
        CapabilitySet permitted = Parse(capabilities.Permitted, path, "permitted");
        CapabilitySet effective = Parse(capabilities.Effective, path, "effective");
        CapabilitySet inheritable = Parse(capabilities.Inheritable, path, "inheritable");
        CapabilitySet ambient = Parse(capabilities.Ambient, path, "ambient");
        RefuseOutside(capabilities.Effective, effective, permitted, $"{path}.effective", "the permitted set");
        RefuseOutside(capabilities.Inheritable, inheritable, bounding, $"{path}.inheritable", "the bounding set");

        CapabilitySet givenBounding = bounding.And(limits.Bounding);
        CapabilitySet givenPermitted = permitted.And(limits.Permitted);
        CapabilitySet givenInheritable = inheritable.And(limits.Permitted).And(givenBounding);
        CapabilitySet givenAmbient = ambient.And(givenPermitted).And(givenInheritable);

        CapabilitySet asked = new(permitted.Mask | inheritable.Mask | ambient.Mask);
        CapabilitySet unavailable = new(bounding.Without(limits.Bounding).Mask | asked.Without(limits.Permitted).Mask);
        return new CapabilityPlan
        {
            Bounding = givenBounding,
            Permitted = givenPermitted,
            Effective = effective.And(givenPermitted),
            Inheritable = givenInheritable,
            Ambient = givenAmbient,
            Unavailable = unavailable,
            AmbientLeftOut = ambient.Without(givenAmbient).Without(unavailable),
            Supported = limits.Supported,
        };
    }

    /// <summary>Takes out of the calling process's bounding set what the plan doesn't hold. Needs CAP_SETPCAP, so it comes first.</summary>
    /// <exception cref="LinuxException">EPERM without CAP_SETPCAP.</exception>
    [ChildSafe]
    public void LimitBounding() => Capabilities.LimitBounding(Bounding, Supported);

    /// <summary>Gives the calling process the other sets; the last change of its capabilities before execve.</summary>
    /// <exception cref="LinuxException">EPERM: a user namespace or a security module has taken away what the plan counts on.</exception>
    [ChildSafe]
    public void Apply()
    {
        Capabilities.Set(Effective, Permitted, Inheritable);
        Capabilities.SetAmbient(Ambient);
    }

    private static CapabilitySet Parse(string[]? names, string path, string set)
    {
        CapabilitySet parsed = CapabilitySet.None;
        for (int index = 0; index < names?.Length; index++)
        {
            parsed = Capability.TryParse(names[index], out Capability capability)
                ? parsed.With(capability)
                : throw new SpecException($"{path}.{set}[{index}]", $"unknown capability \"{names[index]}\"");
        }

        return parsed;
    }

    private static void RefuseOutside(string[]? names, CapabilitySet set, CapabilitySet within, string path, string withinName)
    {
        if (within.Contains(set))
        {
            return;
        }

        int index = Array.FindIndex(names!, name => Capability.TryParse(name, out Capability capability) && !within.Contains(capability));
        throw new SpecException($"{path}[{index}]", $"{names![index]} is not in {withinName}");
    }
}
