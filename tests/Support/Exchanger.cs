namespace Bulkhead.Tests.Support;

/// <summary>A thread that exchanges two names for each other, again and again, as quickly as it can.</summary>
public sealed class Exchanger : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;

    /// <summary>Begins.</summary>
    /// <param name="first">A path.</param>
    /// <param name="second">Another one on the same file system.</param>
    public Exchanger(string first, string second)
    {
        _thread = new Thread(() =>
        {
            while (!_ends && Native.Rename(Native.CurrentDirectory, first, Native.CurrentDirectory, second, Native.Exchange) == 0)
            {
            }
        });
        _thread.Start();
    }

    /// <summary>Whether it is still at it.</summary>
    public bool IsRunning => _thread.IsAlive;

    /// <inheritdoc/>
    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }
}
