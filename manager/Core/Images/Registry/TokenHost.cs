using System.Net;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Which hosts a registry's credentials may go to for a token.</summary>
internal static class TokenHost
{
    /// <summary>Whether the realm is the registry's own host, its parent domain, or another host of that.</summary>
    /// <remarks>
    /// A parent domain has to be somebody's: two labels, and three where the last two are a country's and short
    /// (<c>co.uk</c>), below which everyone registers.
    /// </remarks>
    public static bool IsTrusted(Uri registry, Uri realm)
    {
        if (string.Equals(registry.Host, realm.Host, StringComparison.OrdinalIgnoreCase))
        {
            // Another port of a host that is only known by its address is another service, and often another container.
            return registry.Port == realm.Port || !IPAddress.TryParse(registry.DnsSafeHost, out _);
        }

        int dot = registry.Host.IndexOf('.', StringComparison.Ordinal);
        string parent = dot < 0 || IPAddress.TryParse(registry.DnsSafeHost, out _) ? "" : registry.Host[(dot + 1)..];
        return IsSomebodys(parent)
            && (string.Equals(realm.Host, parent, StringComparison.OrdinalIgnoreCase) || realm.Host.EndsWith($".{parent}", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsSomebodys(string domain) => domain.Split('.') switch
    {
        [var second, var top] => top.Length > 2 || second.Length > 3,
        { Length: > 2 } => true,
        _ => false,
    };
}
