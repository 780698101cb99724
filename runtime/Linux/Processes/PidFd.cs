using System.Diagnostics;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>A process held by a descriptor, which never comes to mean another one.</summary>
/// <remarks>pidfd_open(2), pidfd_send_signal(2).</remarks>
public sealed class PidFd : FileDescriptor
{
    internal PidFd(int number, int pid)
        : base(number, $"process {pid}") => Pid = pid;

    /// <summary>The process's number in the caller's PID namespace at the time of opening.</summary>
    public int Pid { get; }

    /// <summary>Holds a process, or gives null when there is none of that number.</summary>
    /// <exception cref="LinuxException">As pidfd_open(2), ESRCH excepted.</exception>
    public static PidFd? TryOpen(int pid)
    {
        int number = (int)Libc.PidFdOpen(SystemCall.PidFdOpen, pid, 0);
        return number >= 0 ? new PidFd(number, pid)
            : LinuxException.LastError is Errno.ESRCH or Errno.EINVAL ? null
            : throw new LinuxException("pidfd_open", $"process {pid}", LinuxException.LastError);
    }

    /// <summary>Sends a signal.</summary>
    /// <returns>False when the process has ended.</returns>
    /// <exception cref="LinuxException">As pidfd_send_signal(2), ESRCH excepted.</exception>
    public bool Send(Signal signal)
    {
        return Libc.PidFdSendSignal(SystemCall.PidFdSendSignal, Number, signal.Number, 0, 0) == 0
            || (LinuxException.LastError is Errno.ESRCH ? false
                : throw new LinuxException("pidfd_send_signal", Path, LinuxException.LastError));
    }

    /// <summary>Waits for the process's end. It need not be a child.</summary>
    /// <param name="limit">How long at most.</param>
    /// <returns>False when the time is over.</returns>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public bool WaitForEnd(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
            if (left < TimeSpan.Zero)
            {
                return false;
            }

            if (Polling.WaitForInput(this, left))
            {
                return true;
            }
        }
    }
}
