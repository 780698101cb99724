using System.Globalization;
using System.Runtime.CompilerServices;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses what is wrong with a document; what there is to say is put together only then.</summary>
internal static class Refusal
{
    /// <summary>Throws when something is wrong.</summary>
    /// <exception cref="ContainerException">It is.</exception>
    public static void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new ContainerException(message);
        }
    }

    /// <inheritdoc cref="Refuse(bool, string)"/>
    public static void Refuse(bool wrong, [InterpolatedStringHandlerArgument(nameof(wrong))] Message message)
    {
        if (wrong)
        {
            throw new ContainerException(message.ToText());
        }
    }

    /// <summary>An interpolated string whose parts are evaluated only when it is wanted.</summary>
    [InterpolatedStringHandler]
    public ref struct Message
    {
        private DefaultInterpolatedStringHandler _text;

        /// <summary>What the compiler calls for an interpolated string.</summary>
        public Message(int literalLength, int formattedCount, bool wrong, out bool isWanted)
        {
            isWanted = wrong;
            if (wrong)
            {
                _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
            }
        }

        /// <summary>What the compiler calls for the text between the values.</summary>
        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        /// <summary>What the compiler calls for a value.</summary>
        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        internal string ToText() => _text.ToStringAndClear();
    }
}
