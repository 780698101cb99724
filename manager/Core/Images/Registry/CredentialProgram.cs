using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Bulkhead.Manager.Core.Errors;
using Bulkhead.Specs;
using Bulkhead.Specs.Json;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Asks a program that keeps credentials: <c>docker-credential-NAME get</c>, the registry on its input, a document on its output.</summary>
/// <remarks>docker-credential-helpers, README, "Development".</remarks>
internal static class CredentialProgram
{
    private const int MostBytes = 64 * 1024;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>What the program says; null if it has nothing for this registry.</summary>
    /// <exception cref="CoreException">Unavailable: it is not there, fails or takes longer than 30 seconds; invalid: no program's name.</exception>
    public static async Task<Credential?> GetAsync(string name, string registry, CancellationToken cancellation)
    {
        if (!ReferenceGrammar.IsTag(name))
        {
            throw new CoreException(ErrorKind.Invalid, $"ask credential program \"{ReferenceGrammar.Clip(name)}\": not a name of letters, digits, \"_\", \".\" and \"-\"");
        }

        string program = $"docker-credential-{name}";
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeLimit);
        (int exitCode, byte[] output) = await RunAsync(program, registry, limit.Token, cancellation).ConfigureAwait(false);
        return exitCode == 0 ? Parse(program, output)
            : Encoding.UTF8.GetString(output).Contains("credentials not found", StringComparison.Ordinal) ? null
            : throw Failed(program, $"exit code {exitCode}: {ReferenceGrammar.Clip(Encoding.UTF8.GetString(output).Trim())}");
    }

    private static async Task<(int ExitCode, byte[] Output)> RunAsync(string program, string registry, CancellationToken limit, CancellationToken cancellation)
    {
        using Process process = Start(program);
        try
        {
            await process.StandardInput.WriteAsync(registry.AsMemory(), limit).ConfigureAwait(false);
            process.StandardInput.Close();
            byte[] buffer = new byte[MostBytes];
            int length = await process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, MostBytes, throwOnEndOfStream: false, limit).ConfigureAwait(false);
            if (length == MostBytes)
            {
                throw Failed(program, $"it answers with more than {MostBytes} bytes");
            }

            await process.WaitForExitAsync(limit).ConfigureAwait(false);
            return (process.ExitCode, buffer[..length]);
        }
        catch (IOException error)
        {
            throw Failed(program, error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed(program, $"no answer in {TimeLimit.TotalSeconds} seconds");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string program)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, ["get"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (Win32Exception error)
        {
            throw Failed(program, error.NativeErrorCode == 2 ? "no such program" : error.Message);
        }
    }

    private static Credential Parse(string program, byte[] output)
    {
        try
        {
            Answer answer = SpecJson.Read<Answer>(output);
            return new Credential(answer.Username == Credential.TokenUser ? "" : answer.Username, answer.Secret);
        }
        catch (SpecException error)
        {
            throw Failed(program, error.Message);
        }
    }

    private static CoreException Failed(string program, string cause) =>
        new(ErrorKind.Unavailable, $"ask credential program \"{program}\": {cause}");

    private sealed record Answer : IJsonObject<Answer>
    {
        public required string Username { get; init; }

        public required string Secret { get; init; }

        static Answer IJsonObject<Answer>.Read(ref JsonObjectReader reader)
        {
            string? username = null;
            string? secret = null;

            reader.StartObject();
            while (reader.NextProperty())
            {
                if (reader.Is("Username"u8)) { username = reader.ReadString(); }
                else if (reader.Is("Secret"u8)) { secret = reader.ReadString(); }
                else { reader.SkipUnknown(); }
            }

            return new Answer { Username = username ?? throw reader.Missing("Username"), Secret = secret ?? throw reader.Missing("Secret") };
        }

        void IJsonObject<Answer>.Write(JsonObjectWriter writer)
        {
            writer.Write("Username"u8, Username);
            writer.Write("Secret"u8, Secret);
        }
    }
}
