namespace Bulkhead.Shim.Stdio;

/// <summary>An address of a process's input or output that can't be what it is asked to be; a file that is not there is a <see cref="Linux.LinuxException"/>.</summary>
/// <param name="message">Which address, and what is wrong with it.</param>
internal sealed class StdioException(string message) : Exception(message);
