using System.Globalization;

namespace Bulkhead.Runtime.Cli;

/// <summary>Walks over arguments: options, which may stand anywhere, and operands, which are the rest.</summary>
/// <remarks>
/// The rules are those of Go's flag package, which callers of runc rely on: an option has one or two dashes; its value follows
/// as the next argument, whatever that looks like, or after "="; an option that is on or off takes a value only after
/// "="; "--" ends the options; "-" alone is an operand. An empty value is as good as none.
/// </remarks>
/// <example><code>
/// ArgumentReader reader = new(arguments);
/// while (reader.NextOption())
/// {
///     if (reader.Is("format", 'f')) { format = reader.ReadText(); }
///     else if (reader.Is("quiet", 'q')) { quiet = reader.ReadSwitch(); }
///     else { throw reader.Unknown(); }
/// }
/// </code></example>
internal ref struct ArgumentReader
{
    private readonly ReadOnlySpan<string> _arguments;
    private readonly int _lastOperandBeforeEnd;
    private int _next;
    private bool _ended;
    private ReadOnlySpan<char> _name;
    private string? _value;

    /// <summary>Starts before the first argument.</summary>
    /// <param name="arguments">What follows the command.</param>
    /// <param name="operandsWithOptions">After so many operands everything is an operand; by default options may follow any.</param>
    internal ArgumentReader(ReadOnlySpan<string> arguments, int operandsWithOptions = int.MaxValue)
    {
        _arguments = arguments;
        _lastOperandBeforeEnd = operandsWithOptions;
    }

    /// <summary>The operands that were passed so far; all of them once <see cref="NextOption"/> has returned false.</summary>
    internal List<string> Operands { get; } = [];

    /// <summary>The present option as messages name it.</summary>
    internal readonly string Shown => _name.Length == 1 ? $"-{_name}" : $"--{_name}";

    /// <summary>Goes on to the next option.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="HelpRequest">The option is <c>--help</c> or <c>-h</c>.</exception>
    internal bool NextOption()
    {
        while (_next < _arguments.Length)
        {
            string argument = _arguments[_next++];
            if (_ended || argument.Length < 2 || argument[0] != '-')
            {
                Operands.Add(argument);
                _ended |= Operands.Count >= _lastOperandBeforeEnd;
            }
            else if (argument == "--")
            {
                _ended = true;
            }
            else
            {
                Split(argument);
                return !Is("help", 'h') ? true : throw new HelpRequest();
            }
        }

        return false;
    }

    /// <summary>Whether the present option is the one named.</summary>
    internal readonly bool Is(string name, char alias = '\0') =>
        _name.SequenceEqual(name) || (_name.Length == 1 && _name[0] == alias);

    /// <summary>The option's value; null when it is empty.</summary>
    internal string? ReadText()
    {
        if (_value is null && _next == _arguments.Length)
        {
            // podman and CRI-O look for these very words to learn whether an option is known.
            throw new UsageException($"flag needs an argument: {Shown}");
        }

        string text = _value ?? _arguments[_next++];
        return text.Length == 0 ? null : text;
    }

    /// <summary>Appends the option's value, unless it is empty, to those of earlier occurrences.</summary>
    internal void ReadInto(ref List<string>? list)
    {
        if (ReadText() is { } text)
        {
            (list ??= []).Add(text);
        }
    }

    /// <summary>The value of an option that is on or off: on, if it has none.</summary>
    internal readonly bool ReadSwitch() => _value switch
    {
        null or "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw new UsageException($"invalid value \"{_value}\" for {Shown}: neither true nor false"),
    };

    /// <summary>The option's value as a whole number; null when it is empty.</summary>
    internal long? ReadNumber(long least = long.MinValue, long most = long.MaxValue)
    {
        return ReadText() is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number
            : throw Invalid(text, $"not a whole number{Range(least, most)}");
    }

    /// <summary>The option's value as a number of 0 or above; null when it is empty.</summary>
    internal ulong? ReadCount() => (ulong?)ReadNumber(least: 0);

    /// <summary>The refusal of a value of the present option.</summary>
    internal readonly UsageException Invalid(string value, string cause) => new($"invalid value \"{value}\" for {Shown}: {cause}");

    /// <summary>The refusal of the present option, which is not known.</summary>
    internal readonly UsageException Unknown() => new($"flag provided but not defined: {Shown}");

    /// <summary>The only operand: a command's container.</summary>
    internal readonly string TheOperand(string command) =>
        Operands is [var only] ? only : throw new UsageException($"\"{command}\" requires exactly 1 argument, not {Operands.Count}");

    /// <summary>Refuses operands for a command that has none.</summary>
    internal readonly void RefuseOperands(string command)
    {
        if (Operands.Count != 0)
        {
            throw new UsageException($"\"{command}\" takes no arguments, not {Operands.Count}");
        }
    }

    private static string Range(long least, long most) => (least, most) switch
    {
        (long.MinValue, long.MaxValue) => "",
        (_, long.MaxValue) => string.Create(CultureInfo.InvariantCulture, $" of {least} or above"),
        _ => string.Create(CultureInfo.InvariantCulture, $" from {least} to {most}"),
    };

    private void Split(string argument)
    {
        ReadOnlySpan<char> rest = argument.AsSpan(argument[1] == '-' ? 2 : 1);
        int equals = rest.IndexOf('=');
        _name = equals < 0 ? rest : rest[..equals];
        _value = equals < 0 ? null : rest[(equals + 1)..].ToString();
        if (_name.IsEmpty || _name[0] == '-')
        {
            throw new UsageException($"bad flag syntax: {argument}");
        }
    }
}
