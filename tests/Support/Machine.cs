using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>What the tests ask of the machine.</summary>
public static class Machine
{
    /// <summary>Whether the tests run as root.</summary>
    public static bool IsRoot => Native.EffectiveUser() == 0;

    /// <summary>Skips the test, with the reason, unless the test process has a capability.</summary>
    /// <param name="name">Its name, for the reason: <c>CAP_SYS_RESOURCE</c>.</param>
    /// <param name="number">Its number, of capability.h: 24.</param>
    public static void NeedsCapability(string name, int number)
    {
        ulong effective = Convert.ToUInt64(HostProcess.Self.Status("CapEff"), 16);
        if ((effective & (1UL << number)) == 0)
        {
            Assert.Ignore($"needs {name}, which this machine does not give");
        }
    }

    /// <summary>Skips the test, with the reason, unless cgroups are mounted in one of these ways.</summary>
    public static void NeedsCgroups(params CgroupKind[] kinds)
    {
        CgroupKind here = CgroupLayout.Here.Kind;
        if (!kinds.Contains(here))
        {
            Assert.Ignore($"needs cgroups {string.Join(" or ", kinds)}; this machine has {here}");
        }
    }
}
