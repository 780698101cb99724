namespace Bulkhead.Cgroups.Systemd.Bus;

/// <summary>The bus can't be reached, or answers with an error.</summary>
/// <param name="message">What was answered, or what is wrong.</param>
/// <param name="name">The error's name, such as <c>org.freedesktop.systemd1.NoSuchUnit</c>; null when it is none of the bus's.</param>
internal sealed class BusException(string message, string? name = null) : Exception(message)
{
    /// <summary>The error's name.</summary>
    internal string? Name => name;
}
