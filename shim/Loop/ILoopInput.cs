namespace Bulkhead.Shim.Loop;

/// <summary>What is read without waiting, so that nobody holds a buffer until there is something: one reader at a time.</summary>
/// <example><code>
/// int count;
/// while ((count = input.TryRead(buffer)) &lt; 0)
/// {
///     await input.Input();
/// }
/// </code></example>
internal interface ILoopInput : IDisposable
{
    /// <summary>Reads once without waiting; 0 is the end, -1 that there is nothing now.</summary>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    /// <exception cref="Linux.LinuxException">As read(2), EAGAIN excepted.</exception>
    int TryRead(Span<byte> buffer);

    /// <summary>Waits, after <see cref="TryRead"/> found nothing, until another is worth the try.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    ValueTask Input();

    /// <summary>Ends the waiting, in vain.</summary>
    void Wake();
}
