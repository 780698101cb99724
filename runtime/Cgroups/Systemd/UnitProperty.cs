using Bulkhead.Cgroups.Systemd.Bus;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>A property of a unit, as systemd's bus interface has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Since">The first version of systemd that knows it, where that matters; 0 for all.</param>
internal readonly record struct UnitProperty(string Name, BusValue Value, int Since = 0)
{
    /// <summary>The properties as an argument of a call.</summary>
    internal static BusArray ToArgument(IReadOnlyList<UnitProperty> properties)
    {
        BusValue[] items = new BusValue[properties.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = new BusStruct(BusValue.Of(properties[i].Name), new BusVariant(properties[i].Value));
        }

        return new BusArray("(sv)", items);
    }
}
