namespace Bulkhead.Tests.DropIn.Containerd;

/// <summary>Which shim containerd starts for a container.</summary>
public enum ShimKind
{
    /// <summary>containerd's own, for runc.</summary>
    Runc,

    /// <summary>The one under test, found by the name of its runtime, <c>io.containerd.bulkhead.v2</c>; its options are a file.</summary>
    Named,

    /// <summary>As <see cref="Named"/>, and it answers with version 3 of the protocol, which containerd takes since 2.0 but does not ask for.</summary>
    Version3,

    /// <summary>The one under test, by its absolute path; its options are a file.</summary>
    Path,

    /// <summary>The one under test in the place of runc's, whose options it gets.</summary>
    InPlace,
}
