namespace Bulkhead.Shim;

/// <summary>The shim was called in a way it does not understand.</summary>
internal sealed class UsageException(string message) : Exception(message);
