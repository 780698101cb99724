using System.Diagnostics;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Advisory locks that go with the descriptor they were taken on.</summary>
/// <remarks>flock(2).</remarks>
public static class FileLock
{
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int FirstPauseMilliseconds = 1;
    private const int LongestPauseMilliseconds = 20;

    /// <summary>Takes the exclusive lock, waiting for others to let it go.</summary>
    /// <param name="file">What is locked.</param>
    /// <param name="limit">How long to wait at most.</param>
    /// <returns>False when the time is over.</returns>
    /// <exception cref="LinuxException">As flock(2).</exception>
    /// <remarks>It polls: a wait within flock could only be ended by a signal.</remarks>
    public static bool TryTake(FileDescriptor file, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        int pause = FirstPauseMilliseconds;
        while (Libc.FLock(file.Number, LOCK_EX | LOCK_NB) < 0)
        {
            if (LinuxException.LastError is var error && error is not (Errno.EAGAIN or Errno.EINTR))
            {
                throw new LinuxException("flock", file.Path, error);
            }

            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                return false;
            }

            Polling.Pause(TimeSpan.FromMilliseconds(pause));
            pause = Math.Min(pause * 2, LongestPauseMilliseconds);
        }

        return true;
    }
}
