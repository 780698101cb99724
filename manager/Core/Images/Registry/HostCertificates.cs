using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>The certificates for one host: authorities that are trusted for it beside the machine's, and our own.</summary>
/// <remarks>Docker's documentation, "Verify repository client with certificates": <c>certs.d</c>.</remarks>
internal sealed class HostCertificates
{
    private readonly X509Certificate2Collection _authorities = [];

    /// <summary>The certificates with their keys that a server may ask for.</summary>
    public X509Certificate2Collection Client { get; } = [];

    private bool IsVerified { get; init; }

    /// <summary>Reads what there is for a host.</summary>
    /// <param name="folder">The folder with the hosts' folders, if there is one.</param>
    /// <param name="address">The host.</param>
    /// <param name="isVerified">False where the user has listed the host as insecure.</param>
    /// <exception cref="CoreException">Invalid: a file is not what its name says.</exception>
    public static HostCertificates Read(string? folder, Uri address, bool isVerified)
    {
        HostCertificates certificates = new() { IsVerified = isVerified };
        foreach (string place in folder is null ? [] : new[] { Path.Combine(folder, address.Authority), Path.Combine(folder, $"{address.Host}:{address.Port}") }.Distinct())
        {
            foreach (string file in Directory.Exists(place) ? Directory.GetFiles(place) : [])
            {
                certificates.Add(file);
            }
        }

        return certificates;
    }

    /// <summary>Whether a server's certificate leads to an authority of the machine's or of this host's, if that matters.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors problems)
    {
        if (!IsVerified || problems != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server || _authorities.Count == 0)
        {
            return problems == SslPolicyErrors.None || !IsVerified;
        }

        using X509Chain own = new();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.DisableCertificateDownloads = true;
        foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        // id-kp-serverAuth, RFC 5280, 4.2.1.12.
        own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return own.Build(server);
    }

    private void Add(string file)
    {
        try
        {
            if (file.EndsWith(".crt", StringComparison.Ordinal))
            {
                _authorities.ImportFromPemFile(file);
            }
            else if (file.EndsWith(".cert", StringComparison.Ordinal))
            {
                Client.Add(X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key")));
            }
        }
        catch (Exception error) when (error is CryptographicException or IOException)
        {
            throw new CoreException(ErrorKind.Invalid, $"read certificate \"{file}\": {RegistryTransport.Innermost(error)}", error);
        }
    }
}
