using System.Net.Http.Headers;
using System.Text;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>What a registry knows a user by. Its text never shows the secret.</summary>
/// <param name="User">The user's name; empty for a token.</param>
/// <param name="Secret">The password, or the identity token.</param>
internal sealed record Credential(string User, string Secret)
{
    /// <summary>The name under which credential programs give a token instead of a password.</summary>
    public const string TokenUser = "<token>";

    /// <summary>Whether the secret is a token that others are got for.</summary>
    /// <remarks>distribution, docs/spec/auth/oauth.md, "refresh_token".</remarks>
    public bool IsIdentityToken => User.Length == 0;

    /// <summary>The header of basic authentication.</summary>
    public AuthenticationHeaderValue Basic => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Secret}")));

    /// <inheritdoc/>
    public override string ToString() => IsIdentityToken ? "an identity token" : $"the user \"{User}\"";
}
