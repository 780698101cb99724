namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>A request that may go better another time.</summary>
/// <param name="message">The cause.</param>
/// <param name="pause">How long the server wants to be left alone, if it says so.</param>
/// <param name="inner">What led to it.</param>
internal sealed class TransientException(string message, TimeSpan? pause = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the server wants to be left alone, if it says so.</summary>
    public TimeSpan? Pause { get; } = pause;

    /// <summary>Whether not even a connection could be made.</summary>
    public bool IsUnreachable { get; init; }
}
