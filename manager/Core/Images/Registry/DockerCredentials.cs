using System.Text;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Finds a registry's credentials where <c>docker login</c> has left them.</summary>
internal static class DockerCredentials
{
    /// <summary>The registry's credentials; null if there are none.</summary>
    /// <param name="path">Docker's <c>config.json</c>, read anew each time; that there is none is not an error.</param>
    /// <param name="registry">A registry's name in references, or a mirror's host.</param>
    /// <param name="cancellation">Ends a credential program.</param>
    /// <exception cref="CoreException">Corrupt: the file is not what it should be; unavailable: a program failed.</exception>
    public static async Task<Credential?> FindAsync(string? path, string registry, CancellationToken cancellation)
    {
        if (path is null || Read(path) is not { } config)
        {
            return null;
        }

        string key = registry == DockerHub.Domain ? DockerHub.CredentialsKey : registry;
        if ((config.CredHelpers?.GetValueOrDefault(registry) ?? config.CredHelpers?.GetValueOrDefault(key) ?? config.CredsStore) is { Length: > 0 } program)
        {
            return await CredentialProgram.GetAsync(program, key, cancellation).ConfigureAwait(false);
        }

        foreach ((string name, DockerAuth auth) in config.Auths ?? new Dictionary<string, DockerAuth>())
        {
            if (name == key || HostOf(name) == registry)
            {
                return Parse(path, name, auth);
            }
        }

        return null;
    }

    private static DockerConfig? Read(string path)
    {
        try
        {
            return SpecJson.Read<DockerConfig>(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (SpecException error)
        {
            throw new CoreException(ErrorKind.Corrupt, $"read credentials \"{path}\": {error.Message}", error);
        }
    }

    private static Credential? Parse(string path, string name, DockerAuth auth)
    {
        if (auth.IdentityToken is { Length: > 0 } token)
        {
            return new Credential("", token);
        }

        if (auth.Auth is not { Length: > 0 } encoded)
        {
            return auth.Username is { Length: > 0 } user ? new Credential(user, auth.Password ?? "") : null;
        }

        byte[] decoded = new byte[encoded.Length];
        string text = Convert.TryFromBase64String(encoded, decoded, out int length) ? Encoding.UTF8.GetString(decoded, 0, length).TrimEnd('\0') : "";
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? new Credential(text[..colon], text[(colon + 1)..])
            : throw new CoreException(ErrorKind.Corrupt, $"read credentials \"{path}\": auths[\"{ReferenceGrammar.Clip(name)}\"].auth: not user:password in base 64");
    }

    // Keys are hosts, or addresses as older versions of Docker wrote them: https://host/v1/.
    private static string HostOf(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? key : key[(scheme + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? rest : rest[..slash];
    }
}
