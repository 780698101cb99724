using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Linux.Processes;

/// <summary>Runs the program from a copy in memory that nobody can write to any more.</summary>
/// <remarks>memfd_create(2), fcntl(2), F_ADD_SEALS.</remarks>
internal static class SealedCopy
{
    private const string Self = "/proc/self/exe";
    private const ulong MFD_CLOEXEC_ALLOW_SEALING = 3;
    private const int F_ADD_SEALS = 1033;
    private const int F_GET_SEALS = 1034;
    private const int AllSeals = 0xf; // F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE
    private const int MostArgumentBytes = 8 << 20;

    /// <summary>Whether the program runs from such a copy already.</summary>
    public static bool IsRunning()
    {
        using FileDescriptor file = FileDescriptor.Open(Self, FileMode.Read);
        return Libc.FCntl(file.Number, F_GET_SEALS, 0) is >= 0 and var seals && (seals & AllSeals) == AllSeals;
    }

    /// <summary>Starts the program anew, from a copy.</summary>
    /// <exception cref="LinuxException">As memfd_create(2), sendfile(2), fcntl(2) and execve(2).</exception>
    [DoesNotReturn]
    public static void Run()
    {
        using FileDescriptor copy = new((int)LinuxException.Check(Libc.MemFdCreate(SystemCall.MemFdCreate, "runtime", MFD_CLOEXEC_ALLOW_SEALING), "memfd_create", Self), Self);
        using (FileDescriptor file = FileDescriptor.Open(Self, FileMode.Read))
        {
            byte[] buffer = new byte[64 << 10];
            while (file.Read(buffer) is > 0 and var count)
            {
                copy.Write(buffer.AsSpan(0, count));
            }
        }

        LinuxException.Check(Libc.FCntl(copy.Number, F_ADD_SEALS, AllSeals), "fcntl", Self);
        using NativeStrings arguments = new(ReadList("/proc/self/cmdline"));
        using NativeStrings environment = new(ReadList("/proc/self/environ"));
        SignalState.Reset();
        Execve.Replace(copy.ProcPath, arguments, environment);
    }

    /// <summary>The strings that execve(2) was given: proc(5), each ends with a zero.</summary>
    private static string[] ReadList(string path)
    {
        using FileDescriptor file = FileDescriptor.Open(path, FileMode.Read);
        string text = Encoding.UTF8.GetString(file.ReadToEnd(MostArgumentBytes));
        return text.Length == 0 ? [] : text[..^1].Split('\0');
    }
}
