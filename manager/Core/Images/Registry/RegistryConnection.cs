using System.Net;
using System.Net.Http.Headers;
using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>A request to an endpoint, with authentication and redirects.</summary>
internal sealed class RegistryConnection(RegistryTransport transport, RegistryAuthorizer authorizer)
{
    private const int MostRedirects = 10;
    private const int MostErrorBytes = 64 * 1024;

    /// <summary>Gets something of a repository; the answer is a success.</summary>
    /// <param name="endpoint">From whom.</param>
    /// <param name="repository">The repository's path.</param>
    /// <param name="rest">What of it: <c>manifests/latest</c>.</param>
    /// <param name="prepare">Adds what the request says beside.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientException">It may go better another time.</exception>
    /// <exception cref="CoreException">It will not.</exception>
    public async Task<HttpResponseMessage> GetAsync(RegistryEndpoint endpoint, string repository, string rest, Action<HttpRequestHeaders> prepare, CancellationToken cancellation)
    {
        Uri address = new(endpoint.Address, $"v2/{repository}/{rest}");
        string scope = $"repository:{repository}:pull";
        AuthenticationHeaderValue? header = authorizer.Known(endpoint, scope);
        bool isAnswered = false;
        while (true)
        {
            HttpResponseMessage answer = await FollowAsync(endpoint, address, header, prepare, cancellation).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            using (answer)
            {
                // Only the endpoint itself is answered, not who it has redirected to.
                bool isItself = IsSameAuthority(answer.RequestMessage!.RequestUri!, endpoint.Address);
                if (answer.StatusCode != HttpStatusCode.Unauthorized || isAnswered || !isItself)
                {
                    byte[] body = await transport.ReadAsync(answer, MostErrorBytes, cancellation).ConfigureAwait(false);
                    throw RegistryAnswer.Failure(answer, body, $"host \"{answer.RequestMessage!.RequestUri!.Authority}\" answers");
                }

                List<AuthChallenge> challenges = AuthChallenge.Parse(Values(answer));
                header = await authorizer.AnswerAsync(endpoint, challenges, scope, cancellation).ConfigureAwait(false);
                isAnswered = true;
            }
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(RegistryEndpoint endpoint, Uri address, AuthenticationHeaderValue? header, Action<HttpRequestHeaders> prepare, CancellationToken cancellation)
    {
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            prepare(request.Headers);
            request.Headers.Authorization = IsSameAuthority(address, endpoint.Address) ? header : null;
            HttpResponseMessage answer = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
            // Disposing of the request leaves its address to whoever reads the answer.
            answer.RequestMessage = request;
            if (answer.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return answer;
            }

            using (answer)
            {
                address = Next(address, answer.Headers.Location, redirects);
            }
        }
    }

    private static Uri Next(Uri from, Uri? location, int redirects)
    {
        if (redirects == MostRedirects)
        {
            throw new CoreException(ErrorKind.Unavailable, $"host \"{from.Authority}\" redirects: more than {MostRedirects} times in a row");
        }

        Uri? to = location is null ? null : new Uri(from, location);
        if (to is null || to.Scheme is not ("http" or "https") || to.UserInfo.Length > 0)
        {
            throw new CoreException(ErrorKind.Corrupt, $"host \"{from.Authority}\" redirects to what is no address of HTTP: \"{ReferenceGrammar.Clip(location?.OriginalString ?? "")}\"");
        }

        return from.Scheme == "https" && to.Scheme == "http"
            ? throw new CoreException(ErrorKind.Denied, $"host \"{from.Authority}\" redirects to \"{to.Authority}\" without TLS")
            : to;
    }

    private static bool IsSameAuthority(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static IEnumerable<string> Values(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values) ? [.. values] : [];
}
