using System.Buffers;
using System.Collections;
using System.Text;

namespace Grpc.Core;

/// <summary>Headers or trailers of a call: names with text, or with bytes where the name ends in <c>-bin</c>. Names may repeat.</summary>
/// <remarks>gRPC, doc/PROTOCOL-HTTP2.md, "Custom-Metadata".</remarks>
public sealed class Metadata : IList<Metadata.Entry>
{
    /// <summary>What the name of an entry with bytes ends in.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>No entries; none can be added.</summary>
    public static readonly Metadata Empty = new() { IsReadOnly = true };

    private readonly List<Entry> _entries = [];

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public bool IsReadOnly { get; private init; }

    /// <inheritdoc/>
    public Entry this[int index]
    {
        get => _entries[index];
        set => Writable()[index] = value;
    }

    /// <summary>The last entry of a name; null without one.</summary>
    public Entry? Get(string key) => _entries.FindLast(entry => entry.Is(key));

    /// <summary>The text of the last entry of a name; null without one.</summary>
    /// <exception cref="InvalidOperationException">It has bytes.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry of a name; null without one.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>The entries of a name, in their order.</summary>
    public IEnumerable<Entry> GetAll(string key) => _entries.FindAll(entry => entry.Is(key));

    /// <summary>Adds text.</summary>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Adds bytes.</summary>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <inheritdoc/>
    public void Add(Entry item) => Writable().Add(item);

    /// <inheritdoc/>
    public void Insert(int index, Entry item) => Writable().Insert(index, item);

    /// <inheritdoc/>
    public bool Remove(Entry item) => Writable().Remove(item);

    /// <inheritdoc/>
    public void RemoveAt(int index) => Writable().RemoveAt(index);

    /// <inheritdoc/>
    public void Clear() => Writable().Clear();

    /// <inheritdoc/>
    public int IndexOf(Entry item) => _entries.IndexOf(item);

    /// <inheritdoc/>
    public bool Contains(Entry item) => _entries.Contains(item);

    /// <inheritdoc/>
    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    /// <inheritdoc/>
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();

    private List<Entry> Writable() => IsReadOnly ? throw new InvalidOperationException("this metadata can't be changed") : _entries;

    /// <summary>A name with its text or bytes.</summary>
    public sealed class Entry
    {
        private static readonly SearchValues<char> s_letters =
            SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>An entry with text.</summary>
        /// <param name="key">Letters, digits, <c>_</c>, <c>-</c> and <c>.</c>; capitals become small. Does not end in <c>-bin</c>.</param>
        /// <param name="value">The text; only printable ASCII can be sent.</param>
        /// <exception cref="ArgumentException">The name is none, or one for bytes.</exception>
        public Entry(string key, string value)
        {
            Key = CheckedKey(key, binary: false);
            _text = value;
        }

        /// <summary>An entry with bytes.</summary>
        /// <param name="key">As for text, but ends in <c>-bin</c>.</param>
        /// <param name="valueBytes">The bytes.</param>
        /// <exception cref="ArgumentException">The name is none, or one for text.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            Key = CheckedKey(key, binary: true);
            _bytes = valueBytes;
        }

        /// <summary>The name, in small letters.</summary>
        public string Key { get; }

        /// <summary>Whether there are bytes instead of text.</summary>
        public bool IsBinary => _bytes is not null;

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">There are bytes.</exception>
        public string Value => _text ?? throw new InvalidOperationException($"the metadata \"{Key}\" is binary");

        /// <summary>The bytes; of a text its ASCII.</summary>
        public byte[] ValueBytes => _bytes ?? Encoding.ASCII.GetBytes(Value);

        internal bool Is(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        internal static bool IsName(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(s_letters);

        private static string CheckedKey(string key, bool binary)
        {
            string name = key.ToLowerInvariant();
            if (!IsName(name))
            {
                throw new ArgumentException($"metadata \"{key}\": a name has letters, digits, \"_\", \"-\" and \".\" only", nameof(key));
            }

            return name.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal) == binary ? name
                : throw new ArgumentException($"metadata \"{key}\": a name ends in \"-bin\" if the value is bytes, and only then", nameof(key));
        }
    }
}
