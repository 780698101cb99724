using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Processes;

/// <summary>Children of the calling process, by their number.</summary>
/// <remarks>waitpid(2).</remarks>
public static class ChildProcess
{
    private const int WNOHANG = 1;

    /// <summary>Waits for a child's end and reaps it.</summary>
    /// <exception cref="LinuxException">ECHILD: it is no child of the caller, or reaped already.</exception>
    public static WaitStatus Wait(int pid)
    {
        while (true)
        {
            if (Libc.WaitPid(pid, out int status, 0) == pid)
            {
                return new WaitStatus(status);
            }

            if (LinuxException.LastError is var error && error != Errno.EINTR)
            {
                throw new LinuxException("waitpid", $"process {pid}", error);
            }
        }
    }

    /// <summary>As <see cref="Wait"/>, for a child that may have been reaped already.</summary>
    public static WaitStatus? TryWait(int pid)
    {
        int result;
        int status;
        do
        {
            result = Libc.WaitPid(pid, out status, 0);
        }
        while (result < 0 && LinuxException.LastError is Errno.EINTR);
        return result == pid ? new WaitStatus(status) : null;
    }

    /// <summary>Reaps one child that has ended, if there is one.</summary>
    /// <returns>Its number and how it ended; null when none has.</returns>
    public static (int Pid, WaitStatus Status)? TryReapAny()
    {
        int pid = Libc.WaitPid(-1, out int status, WNOHANG);
        return pid > 0 ? (pid, new WaitStatus(status)) : null;
    }

    /// <summary>Sends a signal to a child that has not been reaped.</summary>
    /// <returns>False when there is no such process.</returns>
    /// <exception cref="LinuxException">As kill(2), ESRCH excepted.</exception>
    public static bool TrySend(int pid, Signal signal) =>
        Libc.Kill(pid, signal.Number) == 0
            || (LinuxException.LastError is Errno.ESRCH ? false : throw new LinuxException("kill", $"process {pid}", LinuxException.LastError));
}
