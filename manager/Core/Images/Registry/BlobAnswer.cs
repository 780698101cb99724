using System.Net;
using Bulkhead.Manager.Core.Content;
using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Which part of a blob an answer is.</summary>
internal static class BlobAnswer
{
    /// <summary>Sets the writer to where the answer's bytes belong: on, or, if the registry knows no ranges, to the first.</summary>
    /// <exception cref="TransientException">It is another part than was asked for; the next request is for all.</exception>
    /// <exception cref="CoreException">Corrupt: the blob has another size than was announced.</exception>
    /// <remarks>distribution-spec 1.1, "Pulling blobs"; RFC 9110, 14.4 and 15.3.7.</remarks>
    public static void Place(HttpResponseMessage answer, BlobWriter writer, string host)
    {
        if (answer.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = answer.Content.Headers.ContentRange;
            if (writer.Offset == 0 || range?.From != writer.Offset || (range.HasLength && range.Length != writer.Size))
            {
                writer.Restart();
                throw new TransientException($"host \"{host}\" sends another part of the blob than it was asked for");
            }

            return;
        }

        if (writer.Offset > 0)
        {
            writer.Restart();
        }

        if (answer.Content.Headers.ContentLength is { } length && length != writer.Size)
        {
            throw new CoreException(ErrorKind.Corrupt, $"host \"{host}\" has a blob of {length} bytes, and {writer.Size} were announced");
        }
    }
}
