namespace Bulkhead.Shim.Stdio;

/// <summary>Where a process's input comes from and its output goes, as CreateTaskRequest and ExecProcessRequest have it.</summary>
/// <param name="Stdin">The path of a fifo; empty for none.</param>
/// <param name="Stdout">An address as <see cref="StdioAddress"/> knows them; empty for none.</param>
/// <param name="Stderr">As <paramref name="Stdout"/>; of no account with a terminal, which has one output.</param>
/// <param name="Terminal">Whether the process gets a terminal.</param>
internal sealed record StdioRequest(string Stdin, string Stdout, string Stderr, bool Terminal);
