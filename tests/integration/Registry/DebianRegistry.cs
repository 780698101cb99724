using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Registry;

/// <summary>Debian's <c>docker-registry</c>, on a port of its own and with a folder of its own.</summary>
internal sealed class DebianRegistry : IDisposable
{
    internal const string User = "user";
    internal const string Password = "secret";

    // "secret", by bcrypt.
    private const string Htpasswd = $"{User}:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    private readonly RunningCommand _running;

    private DebianRegistry(TemporaryFolder folder, bool isTls, bool hasUsers)
    {
        Folder = folder;
        IsTls = isTls;
        HasUsers = hasUsers;
        Authority = $"127.0.0.1:{FreePort().ToString(CultureInfo.InvariantCulture)}";
        string tls = isTls ? $", tls: {{certificate: {WriteCertificates(folder)}, key: {folder.File("server.key")}}}" : "";
        string auth = hasUsers ? $"auth: {{htpasswd: {{realm: test, path: {folder.Write("htpasswd", Htpasswd)}}}}}\n" : "";
        string configuration = folder.Write("registry.yml", $"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder.Folder("registry")}}}}}\nhttp: {{addr: \"{Authority}\"{tls}}}\n{auth}");
        _running = new HostCommand(folder, "docker-registry", "serve", configuration).Start();
    }

    internal TemporaryFolder Folder { get; }

    /// <summary>Its address and port.</summary>
    internal string Authority { get; }

    /// <summary>A folder with the authority that has signed its certificate, as clients want it.</summary>
    internal string CertificatesFolder => Folder.File("certs.d");

    private bool IsTls { get; }

    private bool HasUsers { get; }

    /// <summary>Starts one and waits until it answers; skips the test where it is not installed.</summary>
    internal static DebianRegistry Start(TemporaryFolder folder, bool isTls = false, bool hasUsers = false)
    {
        if (!File.Exists("/usr/bin/docker-registry") || !File.Exists("/usr/bin/skopeo"))
        {
            Assert.Ignore("needs docker-registry and skopeo");
        }

        DebianRegistry registry = new(folder, isTls, hasUsers);
        if (!Wait.Try(() => registry._running.HasEnded || registry.Answers(), TimeSpan.FromSeconds(20)) || registry._running.HasEnded)
        {
            string output = registry._running.Output + registry._running.Error;
            registry.Dispose();
            throw new InvalidOperationException($"docker-registry does not answer:\n{output}");
        }

        return registry;
    }

    /// <summary>Copies an image from a layout into the registry, as it is unless an option says otherwise.</summary>
    internal void Fill(string layout, string repository, params string[] options)
    {
        string[] login = HasUsers ? ["--dest-creds", $"{User}:{Password}"] : [];
        string[] tls = IsTls ? ["--dest-cert-dir", Path.Combine(CertificatesFolder, Authority)] : ["--dest-tls-verify=false"];
        Result result = new HostCommand(Folder, "skopeo", "--insecure-policy", "copy").Run([.. login, .. tls, .. options, $"oci:{layout}", $"docker://{Authority}/{repository}"]);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        try
        {
            using TcpClient client = new();
            client.Connect(IPEndPoint.Parse(Authority));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string WriteCertificates(TemporaryFolder folder)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authority = new("CN=bulkhead test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authorityCertificate = authority.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest server = new("CN=registry", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = server.Create(authorityCertificate, now.AddDays(-1), now.AddDays(1), [1, 2, 3, 4]);

        folder.Write("server.key", key.ExportPkcs8PrivateKeyPem());
        folder.Folder($"certs.d/{Authority}");
        folder.Write($"certs.d/{Authority}/ca.crt", authorityCertificate.ExportCertificatePem());
        return folder.Write("server.crt", certificate.ExportCertificatePem());
    }
}
