namespace Bulkhead.Bench;

/// <summary>An OCI runtime to be measured.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Binary">Its path.</param>
internal sealed record OciRuntime(string Name, string Binary)
{
    /// <summary>A runtime named as its own <c>--version</c> begins: <c>crun 1.8.1</c>.</summary>
    public static OciRuntime Named(string binary) =>
        new(Shell.Output(binary, "--version").Split('\n')[0].Replace(" version ", " ", StringComparison.Ordinal), binary);
}
