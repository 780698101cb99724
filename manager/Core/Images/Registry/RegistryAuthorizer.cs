using System.Net.Http.Headers;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using Bulkhead.Specs.Json;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Gets what a registry wants to see: the credentials themselves, or a token for them.</summary>
/// <remarks>distribution, docs/spec/auth/token.md and oauth.md; RFC 6750, 3.</remarks>
internal sealed class RegistryAuthorizer(RegistryOptions options, RegistryTransport transport, TimeProvider time)
{
    private const int MostTokenBytes = 1024 * 1024;

    // A token is no longer used this long before it ends: a request takes its time.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UsualLife = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Dictionary<(Uri Address, string Scope), (AuthenticationHeaderValue Header, DateTimeOffset End)> _known = []; // guarded by _gate

    /// <summary>What was good for this endpoint and scope last time; null if nothing was, or it has ended.</summary>
    public AuthenticationHeaderValue? Known(RegistryEndpoint endpoint, string scope)
    {
        lock (_gate)
        {
            return _known.TryGetValue((endpoint.Address, scope), out var entry) && entry.End > time.GetUtcNow() ? entry.Header : null;
        }
    }

    /// <summary>Answers a challenge.</summary>
    /// <param name="endpoint">Who has made it.</param>
    /// <param name="challenges">All that it said.</param>
    /// <param name="scope">What is wanted. What the challenge says of it is not asked for: it could be more than that.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CoreException">Denied: there are no credentials, they are not good, or they would go to another host.</exception>
    public async Task<AuthenticationHeaderValue> AnswerAsync(RegistryEndpoint endpoint, List<AuthChallenge> challenges, string scope, CancellationToken cancellation)
    {
        Credential? credential = await DockerCredentials.FindAsync(options.DockerConfigFile, endpoint.CredentialsName, cancellation).ConfigureAwait(false);
        AuthenticationHeaderValue header;
        DateTimeOffset now = time.GetUtcNow();
        // Credentials themselves are asked for again as well, so that a logout is noticed.
        DateTimeOffset end = now + UsualLife;
        if (challenges.Find(challenge => challenge.Scheme == "bearer") is { } bearer)
        {
            (string token, TimeSpan life) = await TokenAsync(endpoint, bearer, scope, credential, cancellation).ConfigureAwait(false);
            header = new AuthenticationHeaderValue("Bearer", token);
            end = now + life - Margin;
        }
        else if (challenges.Exists(challenge => challenge.Scheme == "basic"))
        {
            header = credential is { IsIdentityToken: false } ? credential.Basic
                : throw new CoreException(ErrorKind.Denied, $"registry \"{endpoint.CredentialsName}\" wants a user's name and password, and there are none for it");
        }
        else
        {
            throw new CoreException(ErrorKind.Denied, $"registry \"{endpoint.CredentialsName}\" wants an authentication that is neither basic nor by token");
        }

        lock (_gate)
        {
            foreach (var ended in _known.Where(entry => entry.Value.End <= now).Select(entry => entry.Key).ToList())
            {
                _known.Remove(ended);
            }

            _known[(endpoint.Address, scope)] = (header, end);
        }

        return header;
    }

    private async Task<(string Token, TimeSpan Life)> TokenAsync(RegistryEndpoint endpoint, AuthChallenge challenge, string scope, Credential? credential, CancellationToken cancellation)
    {
        Uri realm = RealmOf(endpoint, challenge, credential);
        string service = challenge.Parameters.GetValueOrDefault("service") ?? "";
        using HttpRequestMessage request = credential is { IsIdentityToken: true } ? Exchange(realm, service, scope, credential) : Ask(realm, service, scope, credential);
        using HttpResponseMessage answer = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
        byte[] body = await transport.ReadAsync(answer, MostTokenBytes, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw RegistryAnswer.Failure(answer, body, $"token for {(credential is null ? "anonymous" : credential)} from \"{realm.Authority}\"");
        }

        try
        {
            TokenResponse response = SpecJson.Read<TokenResponse>(body);
            string token = response.Token ?? response.AccessToken ?? "";
            return token.Length > 0 && token.All(c => c is > ' ' and < (char)127)
                ? (token, response.ExpiresIn is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : UsualLife)
                : throw new CoreException(ErrorKind.Corrupt, $"token from \"{realm.Authority}\": the answer has none");
        }
        catch (SpecException error)
        {
            throw new CoreException(ErrorKind.Corrupt, $"token from \"{realm.Authority}\": {error.Message}", error);
        }
    }

    // Whoever can write the challenge chooses the realm: it does not get to choose who learns the password.
    private Uri RealmOf(RegistryEndpoint endpoint, AuthChallenge challenge, Credential? credential)
    {
        string text = challenge.Parameters.GetValueOrDefault("realm") ?? "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https") || realm.UserInfo.Length > 0)
        {
            throw new CoreException(ErrorKind.Corrupt, $"registry \"{endpoint.CredentialsName}\" names no place to get a token from: \"{ReferenceGrammar.Clip(text)}\"");
        }

        if (endpoint.Address.Scheme == "https" && realm.Scheme != "https")
        {
            throw new CoreException(ErrorKind.Denied, $"registry \"{endpoint.CredentialsName}\" wants a token to be got from \"{realm.Authority}\" without TLS");
        }

        bool isTrusted = TokenHost.IsTrusted(endpoint.Address, realm)
            || (options.TokenHosts.GetValueOrDefault(endpoint.CredentialsName)?.Contains(realm.Authority, StringComparer.OrdinalIgnoreCase) ?? false);
        return credential is null || isTrusted ? realm
            : throw new CoreException(ErrorKind.Denied, $"registry \"{endpoint.CredentialsName}\" wants its credentials to be sent to another host, \"{realm.Authority}\"; they are not");
    }

    private static HttpRequestMessage Ask(Uri realm, string service, string scope, Credential? credential)
    {
        string query = $"{(service.Length > 0 ? $"service={Uri.EscapeDataString(service)}&" : "")}scope={Uri.EscapeDataString(scope)}";
        UriBuilder address = new(realm) { Query = realm.Query.Length > 1 ? $"{realm.Query[1..]}&{query}" : query };
        HttpRequestMessage request = new(HttpMethod.Get, address.Uri);
        request.Headers.Authorization = credential?.Basic;
        return request;
    }

    private static HttpRequestMessage Exchange(Uri realm, string service, string scope, Credential credential) => new(HttpMethod.Post, realm)
    {
        Content = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"), new("refresh_token", credential.Secret), new("client_id", "bulkhead"), new("service", service), new("scope", scope),
        ]),
    };

    private sealed record TokenResponse : IJsonObject<TokenResponse>
    {
        public string? Token { get; init; }

        public string? AccessToken { get; init; }

        public int? ExpiresIn { get; init; }

        static TokenResponse IJsonObject<TokenResponse>.Read(ref JsonObjectReader reader)
        {
            string? token = null;
            string? accessToken = null;
            int? expiresIn = null;

            reader.StartObject();
            while (reader.NextProperty())
            {
                if (reader.Is("token"u8)) { token = reader.ReadString(); }
                else if (reader.Is("access_token"u8)) { accessToken = reader.ReadString(); }
                else if (reader.Is("expires_in"u8)) { expiresIn = reader.ReadInt32(); }
                else { reader.SkipUnknown(); }
            }

            return new TokenResponse { Token = token, AccessToken = accessToken, ExpiresIn = expiresIn };
        }

        void IJsonObject<TokenResponse>.Write(JsonObjectWriter writer)
        {
            writer.Write("token"u8, Token);
            writer.Write("access_token"u8, AccessToken);
            writer.Write("expires_in"u8, ExpiresIn);
        }
    }
}
