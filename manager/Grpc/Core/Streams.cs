namespace Grpc.Core;

/// <summary>Messages that come in, one after the other.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that <see cref="MoveNext"/> has read.</summary>
    T Current { get; }

    /// <summary>Reads the next message; false at the end of the stream.</summary>
    /// <exception cref="OperationCanceledException">The call is over: cancelled, past its deadline, or its connection is gone.</exception>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Messages that go out, one after the other. Only one may be on its way at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How the messages from here on are written; null: as the call says.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message. It waits while the other end does not read.</summary>
    /// <exception cref="InvalidOperationException">The message before is still on its way, or the call has ended.</exception>
    /// <exception cref="OperationCanceledException">The call is over: cancelled, past its deadline, or its connection is gone.</exception>
    Task WriteAsync(T message);

    /// <summary>Writes a message, unless the token is cancelled first.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken);
}

/// <summary>The responses of a call that has any number of them.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

/// <summary>What most readers of a stream want.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Reads the next message; false at the end of the stream.</summary>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader) where T : class =>
        streamReader.MoveNext(CancellationToken.None);

    /// <summary>The messages up to the end of the stream.</summary>
    public static async IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await streamReader.MoveNext(cancellationToken))
        {
            yield return streamReader.Current;
        }
    }
}
