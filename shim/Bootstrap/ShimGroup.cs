using Bulkhead.Specs.Runtime;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>Which containers share a shim: those of a pod do, every other one has its own.</summary>
/// <remarks>The annotations are containerd's, which its own shim groups by.</remarks>
internal static class ShimGroup
{
    private const string Group = "io.containerd.runc.v2.group";
    private const string Sandbox = "io.kubernetes.cri.sandbox-id";

    /// <summary>The name of a container's group.</summary>
    public static string Of(string id, Spec spec) =>
        spec.Annotations is not { } annotations ? id
            : annotations.TryGetValue(Group, out string? group) && group.Length > 0 ? group
            : annotations.TryGetValue(Sandbox, out string? sandbox) && sandbox.Length > 0 ? sandbox
            : id;
}
