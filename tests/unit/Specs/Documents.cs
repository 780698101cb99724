using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bulkhead.Specs;
using Bulkhead.Specs.Json;

namespace Bulkhead.Tests.Unit.Specs;

/// <summary>Makes documents of any type, their properties filled by chance or all.</summary>
internal sealed class Documents(Random random, double chance)
{
    private static readonly MethodInfo WriteMethod = Method("Write", [typeof(Any), typeof(bool)]);
    private static readonly MethodInfo ReadMethod = Method("Read", [typeof(ReadOnlySpan<byte>)]);

    private delegate object Reading(ReadOnlySpan<byte> utf8);

    /// <summary>Every type that is an object of a document.</summary>
    public static IEnumerable<Type> Types =>
        from type in typeof(SpecJson).Assembly.GetExportedTypes()
        where type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IJsonObject<>))
        orderby type.FullName
        select type;

    public static byte[] Write(object document) =>
        (byte[])WriteMethod.MakeGenericMethod(document.GetType()).Invoke(null, [document, false])!;

    public static object Read(Type type, byte[] utf8) => ReadMethod.MakeGenericMethod(type).CreateDelegate<Reading>()(utf8);

    /// <summary>An object of the type; a property that may be absent is present by chance.</summary>
    public object Create(Type type, int depth = 0)
    {
        object document = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            bool required = property.GetCustomAttribute<RequiredMemberAttribute>() is not null;
            if (property.CanWrite && (required || random.NextDouble() < chance))
            {
                property.SetValue(document, Value(property.PropertyType, depth, property.Name));
            }
        }

        return document;
    }

    private object Value(Type type, int depth, string name)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) => Text(),
            _ when type == typeof(bool) => random.Next(2) == 0,
            _ when type == typeof(int) => name == "SchemaVersion" ? 2 : Pick(int.MinValue, -1, 0, 1, int.MaxValue, random.Next()),
            _ when type == typeof(uint) => Pick(uint.MinValue, 1u, uint.MaxValue),
            _ when type == typeof(long) => name == "Size" ? random.NextInt64() : Pick(long.MinValue, -1, 0, 1, long.MaxValue, random.NextInt64()),
            _ when type == typeof(ulong) => Pick(ulong.MinValue, 1ul, ulong.MaxValue),
            _ when type == typeof(ushort) => Pick(ushort.MinValue, (ushort)1, ushort.MaxValue),
            _ when type == typeof(Digest) => Digest.Sha256(Bytes(32)),
            _ when type == typeof(byte[]) => Bytes(random.Next(20)),
            _ when type == typeof(JsonElement) => JsonDocument.Parse("""{"a":[1,null,{"b":"c"}]}""").RootElement,
            _ when type.IsEnum => Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length))!,
            _ when type.IsArray => Array(type.GetElementType()!, depth),
            _ when type.IsGenericType => Map(type.GetGenericArguments()[1], depth),
            _ => Create(type, depth + 1),
        };
    }

    private Array Array(Type element, int depth)
    {
        Array array = System.Array.CreateInstance(element, chance >= 1 ? 2 : random.Next(4));
        for (int i = 0; i < array.Length; i++)
        {
            array.SetValue(Value(element, depth, ""), i);
        }

        return array;
    }

    private System.Collections.IDictionary Map(Type value, int depth)
    {
        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        for (int i = chance >= 1 ? 2 : random.Next(4); i > 0; i--)
        {
            map[$"{i}{Text()}"] = Value(value, depth, "");
        }

        return map;
    }

    private string Text() => Pick("", "a", "/bin/sh", "io.example.key", "with \"quotes\" and \\", "umlaut ä, 船, 🚢", "line\nbreak\ttab", "<&>+'", new string('x', 300));

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];

    private static MethodInfo Method(string name, Type[] parameters) => typeof(SpecJson).GetMethods().Single(method =>
        method.Name == name && method.IsGenericMethod && method.GetParameters().Length == parameters.Length
        && (parameters[0] == typeof(Any) || method.GetParameters()[0].ParameterType == parameters[0]));

    private sealed class Any;
}
