using System.Net;
using System.Net.Http.Headers;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using Bulkhead.Specs.Distribution;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>What a registry's answer means where it is not what was asked for.</summary>
internal static class RegistryAnswer
{
    /// <summary>The error for an answer: a <see cref="TransientException"/> where it may be another one later.</summary>
    /// <param name="answer">An answer that is no success.</param>
    /// <param name="body">Its body, or the beginning of it.</param>
    /// <param name="subject">What was asked for.</param>
    /// <remarks>distribution-spec 1.1, "Error Codes"; RFC 9110, 10.2.3 and 15.</remarks>
    public static Exception Failure(HttpResponseMessage answer, byte[] body, string subject)
    {
        int status = (int)answer.StatusCode;
        string cause = $"{subject}: {status} {ReferenceGrammar.Clip(answer.ReasonPhrase ?? "")}".TrimEnd() + Words(body);
        return answer.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented =>
                new TransientException(cause, PauseOf(answer.Headers.RetryAfter)),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new CoreException(ErrorKind.Denied, cause),
            HttpStatusCode.NotFound => new CoreException(ErrorKind.NotFound, cause),
            _ => new CoreException(ErrorKind.Unavailable, cause),
        };
    }

    private static TimeSpan? PauseOf(RetryConditionHeaderValue? after)
    {
        TimeSpan? pause = after?.Delta ?? after?.Date - DateTimeOffset.UtcNow;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }

    // What the registry says itself; a body that is no document of the specification is most often a proxy's page.
    private static string Words(byte[] body)
    {
        try
        {
            IEnumerable<string> errors = SpecJson.Read<ErrorResponse>(body).Errors.Take(3)
                .Select(error => string.IsNullOrEmpty(error.Message) ? error.Code : $"{error.Code}: {error.Message}");
            return $": {ReferenceGrammar.Clip(string.Join("; ", errors))}";
        }
        catch (SpecException)
        {
            return "";
        }
    }
}
