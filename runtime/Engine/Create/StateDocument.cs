using Bulkhead.Linux;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>The state document that hooks and listeners get.</summary>
/// <remarks>runtime-spec, runtime.md, "State".</remarks>
[ChildSafe]
internal static class StateDocument
{
    /// <summary>The document of a container that is being made.</summary>
    /// <param name="plan">The container.</param>
    /// <param name="status">Where it is in its life.</param>
    /// <param name="pid">The init process, as whoever gets the document sees it.</param>
    public static byte[] For(CreatePlan plan, ContainerStatus status, int pid) => SpecJson.Write(State(plan, status, pid));

    /// <summary>The document as an object.</summary>
    public static State State(CreatePlan plan, ContainerStatus status, int pid) => new()
    {
        OciVersion = plan.Spec.OciVersion,
        Id = plan.Id.ToString(),
        Status = status.Word(),
        Pid = pid,
        Bundle = plan.Bundle,
        Annotations = plan.Spec.Annotations,
    };
}
