namespace Bulkhead.Shim.Rootfs;

/// <summary>The layers of an overlay: one option for all, or one for each.</summary>
/// <remarks>kernel, filesystems/overlayfs.rst: <c>lowerdir=A:B</c>, in which <c>\</c> escapes a colon; <c>lowerdir+=A</c> takes a path as it is.</remarks>
internal static class OverlayLayers
{
    private const string All = "lowerdir=";
    private const string One = "lowerdir+=";

    /// <summary>The same options with an option for each layer; null when it is no overlay, or its layers can't be parted.</summary>
    public static string[]? TrySplit(string type, string[] options)
    {
        int index = Array.FindIndex(options, static option => option.StartsWith(All, StringComparison.Ordinal));

        // "::" begins layers of data alone, which have an option of their own.
        if (type != "overlay" || index < 0 || options[index].Contains("::", StringComparison.Ordinal))
        {
            return null;
        }

        List<string> split = [.. options[..index]];
        split.AddRange(PathsOf(options[index].AsSpan(All.Length)));
        split.AddRange(options[(index + 1)..]);
        return [.. split];
    }

    private static List<string> PathsOf(ReadOnlySpan<char> layers)
    {
        List<string> paths = [];
        System.Text.StringBuilder path = new(One);
        for (int i = 0; i < layers.Length; i++)
        {
            if (layers[i] == ':')
            {
                paths.Add(path.ToString());
                path.Clear().Append(One);
                continue;
            }

            i += layers[i] == '\\' && i + 1 < layers.Length ? 1 : 0;
            path.Append(layers[i]);
        }

        paths.Add(path.ToString());
        return paths;
    }
}
