using System.Globalization;
using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Sockets;

namespace Bulkhead.Runtime.Create;

/// <summary>Tells the caller which process it got.</summary>
internal static class ProcessAnnouncement
{
    private const UnixFileMode PidFilePermissions = (UnixFileMode)0b110_100_100;

    /// <summary>Writes the pid file and sends the descriptor of the process, where they are asked for.</summary>
    public static void Announce(PidFd process, string? pidFile, string? pidFdSocket)
    {
        if (pidFile is not null)
        {
            (string folder, string name) = RootedLookup.Split(pidFile);
            using DirectoryHandle directory = DirectoryHandle.Open(folder);
            AtomicFile.Replace(directory, name, Encoding.ASCII.GetBytes(process.Pid.ToString(CultureInfo.InvariantCulture)), PidFilePermissions);
        }

        if (pidFdSocket is not null)
        {
            using UnixSocket socket = UnixSocket.Connect(pidFdSocket);
            socket.Send("pidfd"u8, process);
        }
    }
}
