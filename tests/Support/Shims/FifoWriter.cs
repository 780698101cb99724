using System.Text;

namespace Bulkhead.Tests.Support.Shims;

/// <summary>A fifo that a container's input goes into.</summary>
public sealed class FifoWriter : IDisposable
{
    private readonly Task<FileStream> _opening;

    /// <summary>Makes the fifo if there is none, and waits for its reader in the background.</summary>
    public FifoWriter(string path)
    {
        Path = FifoReader.Make(path);
        _opening = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes a text, once somebody reads.</summary>
    public async Task WriteAsync(string text)
    {
        FileStream fifo = await _opening.WaitAsync(Wait.DefaultLimit);
        await fifo.WriteAsync(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        // An opening that still waits is let through.
        using var reader = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _opening.GetAwaiter().GetResult().Dispose();
    }
}
