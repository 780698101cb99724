using Bulkhead.Specs.Json;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>The part of Docker's <c>config.json</c> that is about registries.</summary>
internal sealed record DockerConfig : IJsonObject<DockerConfig>
{
    /// <summary>Credentials by registry: a host, with or without scheme and path.</summary>
    public IReadOnlyDictionary<string, DockerAuth>? Auths { get; init; }

    /// <summary>The suffix of the program that has all others.</summary>
    public string? CredsStore { get; init; }

    /// <summary>The suffix of the program that has a registry's, by registry.</summary>
    public IReadOnlyDictionary<string, string>? CredHelpers { get; init; }

    static DockerConfig IJsonObject<DockerConfig>.Read(ref JsonObjectReader reader)
    {
        IReadOnlyDictionary<string, DockerAuth>? auths = null;
        string? store = null;
        IReadOnlyDictionary<string, string>? helpers = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("auths"u8)) { auths = reader.ReadMap<DockerAuth>(); }
            else if (reader.Is("credsStore"u8)) { store = reader.ReadString(); }
            else if (reader.Is("credHelpers"u8)) { helpers = reader.ReadStringMap(); }
            else { reader.SkipUnknown(); }
        }

        return new DockerConfig { Auths = auths, CredsStore = store, CredHelpers = helpers };
    }

    void IJsonObject<DockerConfig>.Write(JsonObjectWriter writer)
    {
        writer.WriteMap("auths"u8, Auths);
        writer.Write("credsStore"u8, CredsStore);
        writer.Write("credHelpers"u8, CredHelpers);
    }
}

/// <summary>A registry's entry in Docker's <c>config.json</c>.</summary>
internal sealed record DockerAuth : IJsonObject<DockerAuth>
{
    /// <summary><c>user:password</c> in base 64.</summary>
    public string? Auth { get; init; }

    /// <summary>The user, where <see cref="Auth"/> is absent.</summary>
    public string? Username { get; init; }

    /// <summary>The password, where <see cref="Auth"/> is absent.</summary>
    public string? Password { get; init; }

    /// <summary>A token that others are got for.</summary>
    public string? IdentityToken { get; init; }

    static DockerAuth IJsonObject<DockerAuth>.Read(ref JsonObjectReader reader)
    {
        string? auth = null;
        string? username = null;
        string? password = null;
        string? identityToken = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("auth"u8)) { auth = reader.ReadString(); }
            else if (reader.Is("username"u8)) { username = reader.ReadString(); }
            else if (reader.Is("password"u8)) { password = reader.ReadString(); }
            else if (reader.Is("identitytoken"u8)) { identityToken = reader.ReadString(); }
            else { reader.SkipUnknown(); }
        }

        return new DockerAuth { Auth = auth, Username = username, Password = password, IdentityToken = identityToken };
    }

    void IJsonObject<DockerAuth>.Write(JsonObjectWriter writer)
    {
        writer.Write("auth"u8, Auth);
        writer.Write("username"u8, Username);
        writer.Write("password"u8, Password);
        writer.Write("identitytoken"u8, IdentityToken);
    }
}
