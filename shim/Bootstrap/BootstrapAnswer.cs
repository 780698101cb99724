using System.Globalization;
using System.Text;
using Bulkhead.Proto.Containerd.Bootstrap;
using Google.Protobuf;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>What <c>start</c> prints, in the newest form that its caller reads.</summary>
/// <remarks>
/// containerd before 1.7 reads the address alone; later ones JSON, with a version up to the one that they name in the
/// environment; 2.3 a message. The server speaks versions 2 and 3 alike.
/// </remarks>
internal static class BootstrapAnswer
{
    private const int Oldest = 2;
    private const int Newest = 3;

    /// <summary>The answer to a caller that gave this input.</summary>
    public static byte[] Write(string address, StartInput input) =>
        input.Parameters is not null ? new BootstrapResult { Version = Newest, Address = address, Protocol = "ttrpc" }.ToByteArray()
            : Encoding.UTF8.GetBytes(Write(address, Environment.GetEnvironmentVariable("MAX_SHIM_VERSION")));

    internal static string Write(string address, string? newest) =>
        int.TryParse(newest, NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version >= Oldest
            ? $$"""{"version":{{Math.Min(version, Newest)}},"address":"{{address}}","protocol":"ttrpc"}"""
            : address;
}
