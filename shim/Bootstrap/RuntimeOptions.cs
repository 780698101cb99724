using Bulkhead.Linux.Files;
using Bulkhead.Proto.Containerd.Runc;
using Google.Protobuf.WellKnownTypes;
using FileMode = Bulkhead.Linux.Files.FileMode;
using GenericOptions = Bulkhead.Proto.Containerd.RuntimeOptions.Options;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>How a shim is configured, in whichever form it comes: as a shim for runc is, or as any other one.</summary>
/// <remarks>
/// containerd gives the options of a runtime whose name it does not know as a TOML document: keys as for runc, such as
/// <c>BinaryName = "/usr/bin/crun"</c>.
/// </remarks>
internal static class RuntimeOptions
{
    private const string RuncType = "containerd.runc.v1.Options";
    private const string GenericType = "runtimeoptions.v1.Options";
    private const int MostBytes = 1 << 20;

    /// <summary>Reads options; none are the defaults.</summary>
    /// <exception cref="FormatException">They are of another type, or not understood.</exception>
    public static Options Parse(Any? options)
    {
        string type = options?.TypeUrl[(options.TypeUrl.LastIndexOf('/') + 1)..] ?? "";
        return type switch
        {
            "" => new Options(),
            RuncType => Options.Parser.ParseFrom(options!.Value),
            GenericType => ParseGeneric(GenericOptions.Parser.ParseFrom(options!.Value)),
            _ => throw new FormatException($"options of the type \"{type}\" are not understood, only {RuncType} and {GenericType}"),
        };
    }

    private static Options ParseGeneric(GenericOptions options)
    {
        ReadOnlySpan<byte> document = options.ConfigBody.Span;
        if (document.IsEmpty && options.ConfigPath.Length > 0)
        {
            using FileDescriptor file = FileDescriptor.Open(options.ConfigPath, FileMode.Read);
            document = file.ReadToEnd(MostBytes);
        }

        return OptionsDocument.Parse(System.Text.Encoding.UTF8.GetString(document));
    }
}
