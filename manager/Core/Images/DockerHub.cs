namespace Bulkhead.Manager.Core.Images;

/// <summary>The registry that a reference without a host means, and the names by which it goes elsewhere.</summary>
internal static class DockerHub
{
    /// <summary>Its name in references.</summary>
    public const string Domain = "docker.io";

    /// <summary>The namespace of a repository that is named without one.</summary>
    public const string OfficialNamespace = "library/";

    /// <summary>A name from earlier times, which references may still have.</summary>
    public const string LegacyDomain = $"index.{Domain}";

    /// <summary>The host that answers the distribution protocol.</summary>
    public const string ApiHost = $"registry-1.{Domain}";

    /// <summary>What its credentials are filed under in Docker's <c>config.json</c>.</summary>
    public const string CredentialsKey = $"https://{LegacyDomain}/v1/";
}
