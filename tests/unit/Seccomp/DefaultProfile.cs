using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Tests.Unit.Seccomp;

/// <summary>The profile in Samples/, which podman gives a container that asks for none; the file names its origin.</summary>
internal static class DefaultProfile
{
    internal static LinuxSeccomp Read()
    {
        using Stream stream = typeof(DefaultProfile).Assembly.GetManifestResourceStream("Seccomp/containers-default.json")
            ?? throw new FileNotFoundException("the sample is not embedded");
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return SpecJson.ReadSeccomp(bytes.ToArray());
    }
}
