namespace Bulkhead.Shim;

/// <summary>The version and the commit, which come from the build.</summary>
internal static partial class BuildVersion
{
    /// <summary>What <c>-v</c> prints.</summary>
    internal const string Text = $"shim:\n  Version:  {Version}\n  Revision: {Commit}\n";
}
