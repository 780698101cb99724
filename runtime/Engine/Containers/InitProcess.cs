using System.Globalization;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;

namespace Bulkhead.Runtime.Containers;

/// <summary>A container's first process, found again by its number and the time of its start.</summary>
/// <param name="Pid">Its number in the runtime's PID namespace; 0 when there is none yet.</param>
/// <param name="StartTime">In clock ticks since boot: with the number it means one process for ever.</param>
internal readonly record struct InitProcess(int Pid, ulong StartTime)
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    /// <summary>Whether it has not ended.</summary>
    public bool IsAlive
    {
        get
        {
            using PidFd? held = Find();
            return held is not null;
        }
    }

    /// <summary>Holds it; null when it has ended, even if nobody has reaped it.</summary>
    public PidFd? Find()
    {
        if (Pid == 0)
        {
            return null;
        }

        // Held first and looked at then: the number can't come to mean another process in between.
        using ProcFile proc = ProcFile.OpenHost();
        PidFd? held = PidFd.TryOpen(Pid);
        if (held is not null && ProcessStatus.TryRead(proc, Pid) is { HasEnded: false } status && status.StartTime == StartTime)
        {
            return held;
        }

        held?.Dispose();
        return null;
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="limit">How long at most.</param>
    public void WaitForEnd(TimeSpan limit)
    {
        using PidFd? held = Find();
        held?.WaitForEnd(limit);
    }

    /// <summary>Kills it, if it has not ended, and waits for its end.</summary>
    /// <param name="thaw">Thaws the container: a frozen process dies only then.</param>
    /// <exception cref="ContainerException">It has not ended ten seconds later.</exception>
    public void Kill(Action thaw)
    {
        using PidFd? held = Find();
        if (held is null)
        {
            return;
        }

        held.Send(Signal.Kill);
        thaw();
        if (!held.WaitForEnd(KillLimit))
        {
            throw new ContainerException(string.Create(CultureInfo.InvariantCulture, $"its init process, {Pid}, has not ended {KillLimit.TotalSeconds} seconds after SIGKILL"));
        }
    }
}
