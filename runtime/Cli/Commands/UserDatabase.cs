using System.Globalization;
using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary>Names of users, from the host's passwd file.</summary>
/// <remarks>passwd(5). Users of a directory service are shown by number.</remarks>
internal sealed class UserDatabase
{
    private readonly Dictionary<uint, string> _names = [];

    /// <summary>Reads the lines of a passwd file; lines that are none are passed over.</summary>
    internal UserDatabase(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.Split(':') is [var name, _, var number, ..] && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid))
            {
                _names.TryAdd(uid, name);
            }
        }
    }

    /// <summary>Reads the host's file.</summary>
    internal static UserDatabase OfHost()
    {
        using DirectoryHandle etc = DirectoryHandle.Open("/etc");
        return new UserDatabase(etc.TryReadText("passwd") ?? "");
    }

    /// <summary>The user's name, or <c>#1000</c> for a user without one.</summary>
    internal string NameOf(uint uid) => _names.TryGetValue(uid, out string? name) ? name : string.Create(CultureInfo.InvariantCulture, $"#{uid}");
}
