namespace Bulkhead.Specs.Json;

/// <summary>An object of a document that reads and writes itself.</summary>
/// <typeparam name="TSelf">The type that implements it.</typeparam>
/// <example>
/// <code>
/// static Root IJsonObject&lt;Root&gt;.Read(ref JsonObjectReader reader)
/// {
///     string? path = null;
///     bool? @readonly = null;
///
///     reader.StartObject();
///     while (reader.NextProperty())
///     {
///         if (reader.Is("path"u8)) { path = reader.ReadString(); }
///         else if (reader.Is("readonly"u8)) { @readonly = reader.ReadBoolean(); }
///         else { reader.SkipUnknown(); }
///     }
///
///     return new Root { Path = path ?? throw reader.Missing("path"), Readonly = @readonly };
/// }
///
/// void IJsonObject&lt;Root&gt;.Write(JsonObjectWriter writer)
/// {
///     writer.Write("path"u8, Path);
///     writer.Write("readonly"u8, Readonly);
/// }
/// </code>
/// </example>
public interface IJsonObject<TSelf> where TSelf : class, IJsonObject<TSelf>
{
    /// <summary>Reads the object whose first token is the current one, up to and with its last token.</summary>
    /// <exception cref="SpecException">A property is missing, appears twice, or has a value it cannot have.</exception>
    static abstract TSelf Read(ref JsonObjectReader reader);

    /// <summary>Writes the object's properties.</summary>
    void Write(JsonObjectWriter writer);
}
