using System.Runtime.InteropServices;
using Bulkhead.Specs.Image;

namespace Bulkhead.Manager.Core.Images;

/// <summary>Which image of an index runs on a platform, and which of several runs best.</summary>
/// <remarks>image-spec 1.1, image-index.md, "Platform Variants"; the names that people use for them as Docker takes them.</remarks>
public static class PlatformChoice
{
    /// <summary>The platform of this machine.</summary>
    public static Platform Here { get; } = Normalize(new Platform
    {
        Os = "linux",
        Architecture = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.X86 => "386",
            Architecture.Ppc64le => "ppc64le",
            var other => other.ToString().ToLowerInvariant(),
        },
    });

    /// <summary>Chooses the descriptor that runs best; null if none runs.</summary>
    /// <param name="index">The descriptors to choose from.</param>
    /// <param name="wanted">The platform.</param>
    /// <remarks>Of equals the first. One without a platform is chosen where nothing else is: its image says what it is for.</remarks>
    public static Descriptor? Choose(IReadOnlyList<Descriptor> index, Platform wanted)
    {
        foreach (Platform platform in Runnable(Normalize(wanted)))
        {
            foreach (Descriptor descriptor in index)
            {
                if (descriptor.Platform is { } offered && IsSame(Normalize(offered), platform))
                {
                    return descriptor;
                }
            }
        }

        return index.FirstOrDefault(descriptor => descriptor.Platform is null);
    }

    /// <summary>Whether what was made for one platform runs on another.</summary>
    public static bool Runs(Platform image, Platform on) => Runnable(Normalize(on)).Any(platform => IsSame(Normalize(image), platform));

    /// <summary>The platform in the words of the specification, with the variant that its absence means.</summary>
    public static Platform Normalize(Platform platform)
    {
        (string architecture, string? variant) = (platform.Architecture.ToLowerInvariant(), platform.Variant?.ToLowerInvariant()) switch
        {
            ("x86_64" or "x86-64" or "amd64", null or "" or "v1") => ("amd64", null),
            ("x86_64" or "x86-64" or "amd64", var other) => ("amd64", other),
            ("i386" or "i686" or "386", _) => ("386", null),
            ("aarch64" or "arm64", null or "" or "8" or "v8") => ("arm64", "v8"),
            ("aarch64" or "arm64", var other) => ("arm64", other),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", null or "" or "7") => ("arm", "v7"),
            ("arm", "5" or "6" or "8") and var (_, digit) => ("arm", $"v{digit}"),
            var (other, variantOfIt) => (other, variantOfIt is "" ? null : variantOfIt),
        };
        return platform with { Os = platform.Os.ToLowerInvariant(), Architecture = architecture, Variant = variant };
    }

    // What a processor runs, the best first: its own variant, the earlier ones, its 32-bit forebears.
    private static IEnumerable<Platform> Runnable(Platform wanted)
    {
        foreach ((string architecture, string? variant) in (wanted.Architecture, wanted.Variant) switch
        {
            ("amd64", null) => [("amd64", null), ("386", null)],
            ("amd64", var level) => [.. Down("amd64", level!, 2), ("amd64", null), ("386", null)],
            ("arm64", var level) => [.. Down("arm64", level!, 8), .. Down("arm", "v8", 5)],
            ("arm", var level) => Down("arm", level!, 5),
            var other => [other],
        })
        {
            yield return wanted with { Architecture = architecture, Variant = variant };
        }
    }

    private static IEnumerable<(string Architecture, string? Variant)> Down(string architecture, string variant, int least)
    {
        yield return (architecture, variant);
        if (variant.StartsWith('v') && int.TryParse(variant.AsSpan(1).Length > 2 ? "" : variant.AsSpan(1), out int level))
        {
            while (--level >= least)
            {
                yield return (architecture, $"v{level}");
            }
        }
    }

    private static bool IsSame(Platform one, Platform other) =>
        one.Os == other.Os && one.Architecture == other.Architecture && one.Variant == other.Variant;
}
