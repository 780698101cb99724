using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Hooks;

/// <summary>Runs hooks, one after the other.</summary>
/// <remarks>runtime-spec, config.md, "POSIX-platform Hooks". The child uses it too.</remarks>
[ChildSafe]
internal static class HookRunner
{
    private const int MostOutputBytes = 64 << 10;
    private const int MostOutputShown = 512;

    /// <summary>Runs all, or up to the first that fails.</summary>
    /// <param name="kind">The hooks' name in the document.</param>
    /// <param name="hooks">The hooks.</param>
    /// <param name="state">The container's state document, which each gets as its standard input.</param>
    /// <exception cref="IOException">One could not be started, failed, or took too long.</exception>
    public static void Run(string kind, ReadOnlySpan<Hook> hooks, byte[] state)
    {
        for (int i = 0; i < hooks.Length; i++)
        {
            RunOne($"hooks.{kind}[{i}] \"{hooks[i].Path}\"", hooks[i], state);
        }
    }

    private static void RunOne(string name, Hook hook, byte[] state)
    {
        // Files instead of pipes: a hook that reads nothing, or writes a lot, can't hold the container up.
        using FileDescriptor input = MemoryFile.With("state", state);
        using FileDescriptor output = MemoryFile.Create("output");
        TimeSpan? limit = hook.Timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        Spawned process = Start(name, hook, input, output);
        WaitStatus status = process.Wait(limit);
        if (process.TimedOut)
        {
            throw new IOException($"{name}: killed after its time limit, {hook.Timeout} s");
        }

        if (!status.IsSuccess)
        {
            throw new IOException($"{name}: {status}{Tail(output)}");
        }
    }

    private static Spawned Start(string name, Hook hook, FileDescriptor input, FileDescriptor output)
    {
        try
        {
            return Spawn.Start(new SpawnPlan
            {
                Program = hook.Path,
                Arguments = hook.Args is { Length: > 0 } arguments ? arguments : [hook.Path],

                // A hook without an environment gets the runtime's, as with runc.
                Environment = hook.Env ?? PathSearch.OwnEnvironment(),
                Input = input,
                Output = output,
                Error = output,

                // Only then: who presses Ctrl-C means the hooks as well.
                LeadsGroup = hook.Timeout is not null,
            });
        }
        catch (LinuxException error)
        {
            throw new IOException($"{name}: {error.Message}", error);
        }
    }

    /// <summary>The end of what the hook wrote, in one line.</summary>
    private static string Tail(FileDescriptor output)
    {
        MemoryFile.Rewind(output);
        byte[] bytes = new byte[MostOutputBytes];
        string text = Encoding.UTF8.GetString(bytes, 0, output.Read(bytes)).Trim().ReplaceLineEndings("; ");
        return text.Length == 0 ? "" : $": {(text.Length > MostOutputShown ? text[^MostOutputShown..] : text)}";
    }
}
