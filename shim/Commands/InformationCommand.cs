using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Proto.Containerd.Runc;
using Bulkhead.Proto.Containerd.Types;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Runtimes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Commands;

/// <summary><c>-v</c> and <c>-info</c>: what the shim says of itself, and of the runtime it would call.</summary>
/// <remarks>containerd 2.0 asks for it once for each runtime, with the options on standard input.</remarks>
internal static class InformationCommand
{
    private const string Name = "io.containerd.bulkhead.v2";
    private const string FeaturesType = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";
    private const int MostBytes = 4 << 20;

    /// <summary>How the shim is called.</summary>
    public const string Usage = "usage: shim -namespace NAMESPACE -id ID [-bundle BUNDLE] [-address ADDRESS] [-publish-binary PATH] [-debug] start|delete, or shim -v|-info|-help";

    /// <summary>Prints how the shim is called.</summary>
    public static int PrintUsage()
    {
        using FileDescriptor output = new(1, "stdout", owned: false);
        output.Write($"{Usage}\n");
        return 0;
    }

    /// <summary>Prints the version.</summary>
    public static int PrintVersion()
    {
        using FileDescriptor output = new(1, "stdout", owned: false);
        output.Write(BuildVersion.Text);
        return 0;
    }

    /// <summary>Prints a RuntimeInfo message.</summary>
    public static int Print()
    {
        using FileDescriptor input = new(0, "stdin", owned: false);
        byte[] given = input.ReadToEnd(MostBytes);
        Any? any = given.Length == 0 ? null : Any.Parser.ParseFrom(given);
        Options options = RuntimeOptions.Parse(any);
        RuntimeInfo information = new() { Name = Name, Version = new RuntimeVersion { Version = BuildVersion.Version, Revision = BuildVersion.Commit } };
        if (any is not null)
        {
            information.Options = any;
        }

        if (TryReadFeatures(OciRuntime.From(options, "")) is { } features)
        {
            information.Features = new Any { TypeUrl = FeaturesType, Value = ByteString.CopyFrom(features) };
        }

        using FileDescriptor output = new(1, "stdout", owned: false);
        output.Write(information.ToByteArray());
        return 0;
    }

    /// <summary>What the runtime prints for <c>features</c>; null when it has no such command.</summary>
    private static byte[]? TryReadFeatures(OciRuntime runtime)
    {
        (FileDescriptor read, FileDescriptor write) = Pipe.Create("the runtime's features");
        using (read)
        {
            Spawned child;
            using (write)
            using (FileDescriptor nothing = FileDescriptor.Open("/dev/null", Linux.Files.FileMode.ReadWrite))
            {
                child = Spawn.Start(new SpawnPlan
                {
                    Program = runtime.Program,
                    Arguments = [runtime.Program, "features"],
                    Environment = PathSearch.OwnEnvironment(),
                    Input = nothing,
                    Output = write,
                    Error = nothing,
                });
            }

            byte[] features = read.ReadToEnd(MostBytes);
            return child.Wait(limit: null).IsSuccess ? features : null;
        }
    }
}
