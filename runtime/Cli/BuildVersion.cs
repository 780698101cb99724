using Bulkhead.Linux.Seccomp;

namespace Bulkhead.Runtime.Cli;

/// <summary>What <c>--version</c> prints. The version and the commit come from the build.</summary>
internal static partial class BuildVersion
{
    /// <summary>The version of the runtime specification that is followed.</summary>
    internal const string Specification = "1.3.0";

    /// <summary>The lines that podman, Docker and containerd read: name and version, commit if it is known, specification; and libseccomp's.</summary>
    internal static string Text =>
        $"runtime version {Version}\n{(Commit.Length == 0 ? "" : $"commit: {Commit}\n")}spec: {Specification}\nlibseccomp: {SeccompLibrary.Version}\n";
}
