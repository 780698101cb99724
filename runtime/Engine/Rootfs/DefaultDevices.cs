using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Create;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>The devices that every container has.</summary>
/// <remarks>runtime-spec, config-linux.md, "Default Devices".</remarks>
internal static class DefaultDevices
{
    private const UnixFileMode Everyone = (UnixFileMode)0b110_110_110;

    /// <summary>The devices, owned by the container's root.</summary>
    public static ReadOnlySpan<(string Path, uint Major, uint Minor)> All =>
    new (string, uint, uint)[]
    {
        ("/dev/null", 1, 3),
        ("/dev/zero", 1, 5),
        ("/dev/full", 1, 7),
        ("/dev/random", 1, 8),
        ("/dev/urandom", 1, 9),
        ("/dev/tty", 5, 0),
    };

    /// <summary>One of them as a plan.</summary>
    public static DevicePlan Plan((string Path, uint Major, uint Minor) device) =>
        new(device.Path, FileKind.CharacterDevice, new DeviceNumber(device.Major, device.Minor), Everyone, 0, 0);
}
