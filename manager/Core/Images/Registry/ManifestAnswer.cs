using System.Security.Cryptography;
using System.Text.Json;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using Bulkhead.Specs.Image;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Whether an answer is the manifest that was asked for.</summary>
internal static class ManifestAnswer
{
    private const string DockerSchema1 = "application/vnd.docker.distribution.manifest.v1+";

    /// <summary>The manifest, if it is what it is called.</summary>
    /// <param name="answer">The registry's answer.</param>
    /// <param name="content">Its body.</param>
    /// <param name="expected">The digest that was asked for; null for a tag, where the registry's own word is held against it.</param>
    /// <exception cref="CoreException">Corrupt.</exception>
    /// <remarks>distribution-spec 1.1, "Pulling manifests"; image-spec 1.1, manifest.md, "mediaType".</remarks>
    public static FetchedManifest Verify(HttpResponseMessage answer, byte[] content, Digest? expected)
    {
        Digest? wanted = expected;
        if (wanted is null && answer.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values) && Digest.TryParse(values.FirstOrDefault(), out Digest said))
        {
            wanted = said;
        }

        Digest actual = wanted?.Algorithm == "sha512" ? Digest.Sha512(SHA512.HashData(content)) : Digest.Sha256(SHA256.HashData(content));
        if (wanted is not null && wanted != actual)
        {
            throw new CoreException(ErrorKind.Corrupt, $"what the registry sent has the digest {actual}, not {wanted}");
        }

        string mediaType = MediaTypeOf(answer.Content.Headers.ContentType?.MediaType ?? "", content);
        return new FetchedManifest(new Descriptor { MediaType = mediaType, Digest = actual, Size = content.Length }, content);
    }

    // CVE-2021-41190: what a document is called outside and inside has to be one thing.
    private static string MediaTypeOf(string outside, byte[] content)
    {
        string? inside = Inside(content);
        string mediaType = IsKnown(outside) ? outside : inside ?? outside;
        if (inside is not null && inside != mediaType)
        {
            throw new CoreException(ErrorKind.Corrupt, $"the registry calls a document \"{mediaType}\" that calls itself \"{ReferenceGrammar.Clip(inside)}\"");
        }

        return IsKnown(mediaType) ? mediaType
            : mediaType.StartsWith(DockerSchema1, StringComparison.Ordinal) ? throw new CoreException(ErrorKind.Invalid, "the image has a manifest of Docker's schema 1, which is not supported: its layers cannot be verified")
            : throw new CoreException(ErrorKind.Corrupt, $"the registry answers with \"{ReferenceGrammar.Clip(mediaType)}\" and not with a manifest");
    }

    private static bool IsKnown(string mediaType) =>
        mediaType is MediaTypes.Manifest or MediaTypes.Index or MediaTypes.DockerManifest or MediaTypes.DockerManifestList;

    private static string? Inside(byte[] content)
    {
        try
        {
            Utf8JsonReader json = new(content);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("mediaType"u8))
                {
                    return json.Read() && json.TokenType == JsonTokenType.String ? json.GetString() : null;
                }
            }

            return null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CoreException(ErrorKind.Corrupt, "what the registry sent is not a JSON document", error);
        }
    }
}
