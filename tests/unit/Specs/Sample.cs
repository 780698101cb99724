using System.Reflection;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>The documents in Samples/, made by other tools.</summary>
internal static class Sample
{
    public static byte[] Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Samples/{name}")
            ?? throw new FileNotFoundException($"no sample {name}");
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
