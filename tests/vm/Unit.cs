using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Vm;

/// <summary>A unit, as <c>systemctl</c> shows it.</summary>
internal sealed class Unit(TestContainer container, string name)
{
    /// <summary>The scope that a container without <c>linux.cgroupsPath</c> gets.</summary>
    public static Unit Of(TestContainer container) => new(container, $"bulkhead-{container.Id}.scope");

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether systemd has it, in whatever state.</summary>
    public bool IsLoaded => this["LoadState"] == "loaded";

    /// <summary>A property, empty when there is none of that name.</summary>
    public string this[string property] => new HostCommand(container.Folder, "systemctl", "show", "--value", "--property", property, "--", name).Run().Output;

    /// <summary>Several properties, <c>NAME=VALUE</c> in systemd's order.</summary>
    public string[] Show(params string[] properties) => new HostCommand(container.Folder, "systemctl", "show", "--property", string.Join(',', properties), "--", name).Run().Lines;
}
