namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>How registries are spoken to.</summary>
public sealed record RegistryOptions
{
    /// <summary>
    /// Registries whose certificates are not verified, and that may be spoken to in plain HTTP where they know no TLS:
    /// <c>host</c>, <c>host:port</c>, or a range of addresses such as <c>10.0.0.0/8</c>. A range is for registries that are
    /// named by their address; a name is never resolved for it, because whoever can forge an answer could then choose.
    /// </summary>
    public IReadOnlyList<string> Insecure { get; init; } = ["127.0.0.0/8", "::1/128"];

    /// <summary>Where else a registry's repositories can be had, by its name in references; asked first, in this order.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Uri>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<Uri>>();

    /// <summary>
    /// Hosts beside its own that a registry may have credentials sent to, as the realm of its tokens, by the registry's name
    /// in references. Its parent domain is always trusted: <c>auth.example.test</c> by <c>registry.example.test</c>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> TokenHosts { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// A folder with a folder for each <c>host</c> or <c>host:port</c>, in it certificates of authorities (<c>*.crt</c>) that
    /// are trusted for this host beside the machine's, and pairs of client certificate and key (<c>*.cert</c>, <c>*.key</c>).
    /// </summary>
    public string? CertificatesFolder { get; init; }

    /// <summary>Docker's <c>config.json</c> with the credentials; absent means none.</summary>
    public string? DockerConfigFile { get; init; }

    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a registry may take to begin an answer, and to send a whole document such as a manifest or a token.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time in which at least <see cref="LeastBytesPerWindow"/> of a blob have to arrive.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What has to arrive of a blob in each <see cref="Window"/>, in bytes.</summary>
    public int LeastBytesPerWindow { get; init; } = 32 * 1024;

    /// <summary>How often a request is made at most, where it may go better another time; at least 1.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause, also where a registry asks for one (<c>Retry-After</c>): one that wants more has failed.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The largest manifest or index, in bytes.</summary>
    /// <remarks>distribution-spec 1.1, "Pushing Manifests": a registry takes at least 4 MB.</remarks>
    public int MostManifestBytes { get; init; } = 4 * 1024 * 1024;
}
