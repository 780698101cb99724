namespace Grpc.AspNetCore.Server;

/// <summary>The services that have been mapped, by their full names.</summary>
internal sealed class MappedServices
{
    /// <summary>In the order of their mapping.</summary>
    public Dictionary<string, ServiceBinding> ByName { get; } = [];

    /// <summary>Whether calls of anything else have their endpoint.</summary>
    public bool HasUnknown { get; set; }
}
