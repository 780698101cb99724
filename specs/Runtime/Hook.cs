using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>
/// A command that is run at a point of a container's life, with the container's state on its standard input.
/// </summary>
/// <remarks>runtime-spec 1.3, config.md, "POSIX-platform Hooks".</remarks>
public sealed record Hook : IJsonObject<Hook>
{
    /// <summary>The program, an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments, the program's name first; absent means the path alone.</summary>
    public string[]? Args { get; init; }

    /// <summary>The environment, each entry <c>NAME=value</c>; absent means empty.</summary>
    public string[]? Env { get; init; }

    /// <summary>Seconds, more than zero, after which the hook is aborted; absent means no limit.</summary>
    public int? Timeout { get; init; }

    static Hook IJsonObject<Hook>.Read(ref JsonObjectReader reader)
    {
        string? path = null;
        string[]? args = null;
        string[]? env = null;
        int? timeout = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("path"u8)) { path = reader.ReadString(); }
            else if (reader.Is("args"u8)) { args = reader.ReadStrings(); }
            else if (reader.Is("env"u8)) { env = reader.ReadStrings(); }
            else if (reader.Is("timeout"u8)) { timeout = reader.ReadInt32(); }
            else { reader.SkipUnknown(); }
        }

        return new Hook
        {
            Path = path ?? throw reader.Missing("path"),
            Args = args,
            Env = env,
            Timeout = timeout,
        };
    }

    void IJsonObject<Hook>.Write(JsonObjectWriter writer)
    {
        writer.Write("path"u8, Path);
        writer.Write("args"u8, Args);
        writer.Write("env"u8, Env);
        writer.Write("timeout"u8, Timeout);
    }
}
