namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>What a server wants to see before it answers: a scheme in lower case, and its parameters.</summary>
/// <remarks>RFC 9110, 11.3 and 11.6.1.</remarks>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MostCharacters = 8192;

    /// <summary>Reads the values of <c>WWW-Authenticate</c>. What cannot be understood is left out.</summary>
    public static List<AuthChallenge> Parse(IEnumerable<string> values)
    {
        List<AuthChallenge> challenges = [];
        foreach (string value in values)
        {
            if (value.Length <= MostCharacters)
            {
                new Reader(value).ReadInto(challenges);
            }
        }

        return challenges;
    }

    private sealed class Reader(string text)
    {
        private int _at;

        public void ReadInto(List<AuthChallenge> challenges)
        {
            Dictionary<string, string>? parameters = null;
            while (true)
            {
                Skip(" \t,");
                string token = Token();
                if (token.Length == 0)
                {
                    return;
                }

                Skip(" \t");
                if (_at < text.Length && text[_at] == '=' && parameters is not null)
                {
                    _at++;
                    Skip(" \t");
                    // The first of two is the one: another reader could take the other.
                    parameters.TryAdd(token.ToLowerInvariant(), _at < text.Length && text[_at] == '"' ? Quoted() : Token());
                }
                else
                {
                    parameters = [];
                    challenges.Add(new AuthChallenge(token.ToLowerInvariant(), parameters));
                }
            }
        }

        private void Skip(string characters)
        {
            while (_at < text.Length && characters.Contains(text[_at], StringComparison.Ordinal))
            {
                _at++;
            }
        }

        private string Token()
        {
            int start = _at;
            while (_at < text.Length && text[_at] is > ' ' and not (',' or '=' or '"'))
            {
                _at++;
            }

            return text[start.._at];
        }

        private string Quoted()
        {
            System.Text.StringBuilder value = new();
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                _at += text[_at] == '\\' && _at + 1 < text.Length ? 1 : 0;
                value.Append(text[_at]);
            }

            // Past the closing quote, if there is one.
            _at = Math.Min(_at + 1, text.Length);
            return value.ToString();
        }
    }
}
