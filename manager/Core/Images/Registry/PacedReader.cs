namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Reads a body that has to keep a pace: so many bytes in so much time, again and again.</summary>
internal sealed class PacedReader : IDisposable
{
    private readonly Stream _body;
    private readonly RegistryOptions _options;
    private readonly string _host;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;
    private int _bytes;

    /// <summary>Begins to read; the time runs from here.</summary>
    public PacedReader(Stream body, RegistryOptions options, TimeProvider time, string host, CancellationToken cancellation)
    {
        (_body, _options, _host, _cancellation) = (body, options, host, cancellation);
        _limit = new CancellationTokenSource(options.Window, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancellation);
    }

    /// <summary>Reads once; 0 is the end.</summary>
    /// <exception cref="TransientException">It breaks off, or is too slow.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            int count = await _body.ReadAsync(buffer, _either.Token).ConfigureAwait(false);
            _bytes += count;
            if (_bytes >= _options.LeastBytesPerWindow)
            {
                _bytes = 0;
                _limit.CancelAfter(_options.Window);
            }

            return count;
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new TransientException($"host \"{_host}\": {RegistryTransport.Innermost(error)}", inner: error);
        }
        catch (OperationCanceledException error) when (!_cancellation.IsCancellationRequested)
        {
            string slow = $"host \"{_host}\" sends less than {_options.LeastBytesPerWindow} bytes in {_options.Window.TotalSeconds:0.#} seconds";
            throw new TransientException(slow, inner: error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
