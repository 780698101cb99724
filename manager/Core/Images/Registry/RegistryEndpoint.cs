using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>A place that answers the distribution protocol for a registry's repositories.</summary>
/// <param name="Domain">The registry's name in references.</param>
/// <param name="Address">The place, with a slash at the end; the protocol's paths follow.</param>
/// <param name="Kind">How its failures are taken.</param>
internal sealed record RegistryEndpoint(string Domain, Uri Address, EndpointKind Kind)
{
    /// <summary>What its credentials are filed under: the registry's name, or a mirror's host.</summary>
    public string CredentialsName => Kind == EndpointKind.Mirror ? Address.Authority : Domain;

    /// <summary>The places to ask, in their order.</summary>
    /// <exception cref="CoreException">Invalid: a mirror's address is not one.</exception>
    public static List<RegistryEndpoint> For(string domain, RegistryOptions options, InsecureRegistries insecure)
    {
        List<RegistryEndpoint> endpoints = [];
        foreach (Uri mirror in options.Mirrors.GetValueOrDefault(domain) ?? [])
        {
            if (!mirror.IsAbsoluteUri || mirror.Scheme is not ("http" or "https") || mirror.UserInfo.Length > 0)
            {
                throw new CoreException(ErrorKind.Invalid, $"mirror \"{ReferenceGrammar.Clip(mirror.OriginalString)}\": not an address of HTTP without credentials");
            }

            endpoints.Add(new RegistryEndpoint(domain, new Uri(mirror.AbsoluteUri.TrimEnd('/') + "/"), EndpointKind.Mirror));
        }

        string host = domain == DockerHub.Domain ? DockerHub.ApiHost : domain;
        Uri address = new($"https://{host}/");
        if (insecure.Contains(address))
        {
            endpoints.Add(new RegistryEndpoint(domain, address, EndpointKind.Tentative));
            endpoints.Add(new RegistryEndpoint(domain, new Uri($"http://{host}/"), EndpointKind.Final));
        }
        else
        {
            endpoints.Add(new RegistryEndpoint(domain, address, EndpointKind.Final));
        }

        return endpoints;
    }
}

/// <summary>How the failures of an endpoint are taken.</summary>
internal enum EndpointKind
{
    /// <summary>It may not have what the registry has: after any failure the next is asked.</summary>
    Mirror,

    /// <summary>It may not exist: when no connection can be made the next is asked.</summary>
    Tentative,

    /// <summary>Its failure is the operation's.</summary>
    Final,
}
