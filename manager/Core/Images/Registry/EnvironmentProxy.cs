using System.Net;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>The proxies of the environment: <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c> and <c>NO_PROXY</c>, or the same in lower case.</summary>
/// <remarks>
/// As the tools of the field take them: <c>NO_PROXY</c> has hosts with their subdomains, <c>.suffix</c> for the subdomains alone,
/// addresses, ranges of addresses, each with a port or without, or <c>*</c>; this machine is never spoken to through a proxy.
/// </remarks>
internal sealed class EnvironmentProxy(Func<string, string?> variable) : IWebProxy
{
    private readonly string[] _exempt = (Either(variable, "NO_PROXY") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    private readonly Uri? _http = Parse(Either(variable, "HTTP_PROXY"));
    private readonly Uri? _https = Parse(Either(variable, "HTTPS_PROXY"));

    /// <summary>What a proxy's own address names: <c>http://user:password@proxy:3128</c>.</summary>
    public ICredentials? Credentials { get; set; } = new ProxyCredentials();

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : Proxy(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => Proxy(host) is null || IsThisMachine(host) || Array.Exists(_exempt, entry => Matches(entry, host));

    private Uri? Proxy(Uri destination) => destination.Scheme == "https" ? _https : _http;

    private static bool IsThisMachine(Uri host) =>
        host.Host == "localhost" || (IPAddress.TryParse(host.DnsSafeHost, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool Matches(string entry, Uri host)
    {
        if (entry == "*")
        {
            return true;
        }

        bool isAddress = IPAddress.TryParse(host.DnsSafeHost, out IPAddress? address);
        if (isAddress && ((IPNetwork.TryParse(entry, out IPNetwork range) && range.Contains(address!)) || (IPAddress.TryParse(entry, out IPAddress? one) && one.Equals(address))))
        {
            return true;
        }

        if (entry.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(entry.AsSpan(colon + 1), out ushort port) && !entry.EndsWith(']'))
        {
            if (port != host.Port)
            {
                return false;
            }

            entry = entry[..colon];
        }

        entry = entry.StartsWith("*.", StringComparison.Ordinal) ? entry[1..] : entry;
        return string.Equals(host.Host, entry, StringComparison.OrdinalIgnoreCase)
            || (!isAddress && host.Host.EndsWith(entry.StartsWith('.') ? entry : $".{entry}", StringComparison.OrdinalIgnoreCase));
    }

    private static string? Either(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } upper ? upper : variable(name.ToLowerInvariant());

    private static Uri? Parse(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out Uri? address) ? address : null;

    private sealed class ProxyCredentials : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            string[] parts = uri.UserInfo.Split(':', 2);
            return uri.UserInfo.Length == 0 ? null : new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }
}
