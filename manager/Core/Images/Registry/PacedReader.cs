namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Reads a body that has to keep a pace: so much in each window of time.</summary>
internal sealed class PacedReader(Stream body, RegistryOptions options, TimeProvider time, string host)
{
    private long _windowStart = time.GetTimestamp();
    private long _windowBytes;

    /// <summary>Reads once; 0 is the end.</summary>
    /// <exception cref="TransientException">It breaks off, or is too slow.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        TimeSpan gone = time.GetElapsedTime(_windowStart);
        if (gone >= options.Window)
        {
            if (_windowBytes < options.LeastBytesPerWindow)
            {
                throw TooSlow(null);
            }

            (_windowStart, _windowBytes, gone) = (time.GetTimestamp(), 0, TimeSpan.Zero);
        }

        using CancellationTokenSource limit = new(options.Window - gone, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            int count = await body.ReadAsync(buffer, either.Token).ConfigureAwait(false);
            _windowBytes += count;
            return count;
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new TransientException($"host \"{host}\": {RegistryTransport.Innermost(error)}", inner: error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(error);
        }
    }

    private TransientException TooSlow(Exception? error) =>
        new($"host \"{host}\" sends less than {options.LeastBytesPerWindow} bytes in {options.Window.TotalSeconds:0.#} seconds", inner: error);
}
