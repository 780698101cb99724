using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Bootstrap;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>What containerd writes to the standard input of <c>start</c>: nothing, the options, or since 2.3 all parameters.</summary>
/// <param name="Options">The options; null when there are none.</param>
/// <param name="Parameters">All parameters; null with older versions.</param>
internal sealed record StartInput(Any? Options, BootstrapParams? Parameters)
{
    private const int MostBytes = 4 << 20;

    /// <summary>Reads standard input to its end.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is neither of them.</exception>
    public static StartInput Read(CommandLine line)
    {
        using FileDescriptor input = new(0, "stdin", owned: false);
        return Parse(input.ReadToEnd(MostBytes), line);
    }

    internal static StartInput Parse(byte[] bytes, CommandLine line)
    {
        if (bytes.Length == 0)
        {
            return new StartInput(null, null);
        }

        // The two messages look alike on the wire: it is the one that repeats what the command line says.
        if (TryParse(bytes) is { } parameters && parameters.InstanceId == line.Id && parameters.Namespace == line.Namespace)
        {
            return new StartInput(parameters.Extensions.Count > 0 ? parameters.Extensions[0].Value : null, parameters);
        }

        return new StartInput(Any.Parser.ParseFrom(bytes), null);
    }

    private static BootstrapParams? TryParse(byte[] bytes)
    {
        try
        {
            return BootstrapParams.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
