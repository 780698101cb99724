using System.Runtime.InteropServices;

namespace Bulkhead.Linux;

/// <summary>A system call that failed: which one, on what, and the kernel's answer.</summary>
/// <param name="call">The call as its man page names it, such as <c>pivot_root</c>.</param>
/// <param name="subject">What the call was about, a path in most cases.</param>
/// <param name="error">The error number the kernel gave.</param>
public sealed class LinuxException(string call, string subject, Errno error)
    : IOException($"{call} {subject}: {Describe(error)}")
{
    /// <summary>The call as its man page names it.</summary>
    public string Call { get; } = call;

    /// <summary>What the call was about, a path in most cases.</summary>
    public string Subject { get; } = subject;

    /// <summary>The error number the kernel gave.</summary>
    public Errno Error { get; } = error;

    /// <summary>The kernel's answer in words, as strerror(3) gives it, with its name: <c>Device or resource busy (EBUSY)</c>.</summary>
    public static string Describe(Errno error)
    {
        string text = Marshal.GetPInvokeErrorMessage((int)error);
        return Enum.IsDefined(error) ? $"{text} ({error})" : $"{text} (errno {(int)error})";
    }

    /// <summary>The error number that the last call declared with SetLastError left on this thread.</summary>
    internal static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Passes the result of a call on, or throws what errno says when it is negative.</summary>
    /// <remarks>Stands on the line of the call itself: anything in between may overwrite errno.</remarks>
    internal static int Check(int result, string call, string subject) =>
        result >= 0 ? result : throw new LinuxException(call, subject, (Errno)Marshal.GetLastPInvokeError());

    /// <inheritdoc cref="Check(int, string, string)"/>
    internal static long Check(long result, string call, string subject) =>
        result >= 0 ? result : throw new LinuxException(call, subject, (Errno)Marshal.GetLastPInvokeError());
}
