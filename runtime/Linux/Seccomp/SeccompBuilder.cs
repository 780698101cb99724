using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Seccomp;

/// <summary>Makes a BPF program of rules, by libseccomp. The native architecture is always in it.</summary>
/// <example>
/// A builder is made with the default action, is given architectures and then rules, and is exported once:
/// <code>
/// using SeccompBuilder builder = new(SeccompAction.Allow);
/// builder.AddRule(SeccompAction.Errno | 1, SeccompBuilder.Resolve("mount")!.Value, "mount");
/// BpfInstruction[] program = builder.Export();
/// </code>
/// </example>
public sealed class SeccompBuilder : IDisposable
{
    private nint _context;

    /// <summary>Starts a filter.</summary>
    /// <param name="defaultAction">What happens on a call that no rule names.</param>
    /// <exception cref="LinuxException">EINVAL: the kernel does not know the action. ENOENT: libseccomp is not installed.</exception>
    public SeccompBuilder(uint defaultAction)
    {
        try
        {
            _context = LibSeccomp.Init(defaultAction);
        }
        catch (DllNotFoundException)
        {
            throw new LinuxException("load", LibSeccomp.Library, Errno.ENOENT);
        }

        if (_context == 0)
        {
            throw new LinuxException("seccomp_init", "the default action", Errno.EINVAL);
        }
    }

    /// <summary>The number of a system call on the native architecture.</summary>
    /// <returns>
    /// Null for a name that the library doesn't know on any architecture; a negative number for one that only other
    /// architectures have, which rules can use all the same.
    /// </returns>
    public static int? Resolve(string name) => LibSeccomp.ResolveName(name) is not LibSeccomp.NR_SCMP_ERROR and var number ? number : null;

    /// <summary>The number of a system call on an architecture; null or negative when it has none of that name.</summary>
    public static int? Resolve(string name, uint architecture) =>
        LibSeccomp.ResolveName(architecture, name) is not LibSeccomp.NR_SCMP_ERROR and var number ? number : null;

    /// <summary>Adds an architecture to which all rules apply; one that is there already is no error.</summary>
    /// <param name="architecture">The library's number, which is the kernel's AUDIT_ARCH_* but for x32.</param>
    /// <param name="subject">What messages call it.</param>
    /// <exception cref="LinuxException">EINVAL: the library does not know it. EDOM: it has the other byte order.</exception>
    public void AddArchitecture(uint architecture, string subject)
    {
        int result = LibSeccomp.AddArchitecture(_context, architecture);
        if (result < 0 && -result != (int)Errno.EEXIST)
        {
            throw new LinuxException("seccomp_arch_add", subject, (Errno)(-result));
        }
    }

    /// <summary>Asks for a binary tree over the numbers, in place of one comparison after the other, where the library can (2.5).</summary>
    public void OptimizeForManyCalls() => _ = LibSeccomp.SetAttribute(_context, LibSeccomp.SCMP_FLTATR_CTL_OPTIMIZE, 2);

    /// <summary>Adds a rule.</summary>
    /// <param name="action">What happens; not the default action.</param>
    /// <param name="number">The call, from <see cref="Resolve(string)"/>.</param>
    /// <param name="subject">What messages call it.</param>
    /// <exception cref="LinuxException">EINVAL: an action that the kernel does not know.</exception>
    public void AddRule(uint action, int number, string subject)
    {
        int result;

        // Sound: no comparisons, hence no pointer.
        unsafe
        {
            result = LibSeccomp.AddRule(_context, action, number, 0, null);
        }

        if (result < 0)
        {
            throw new LinuxException("seccomp_rule_add", subject, (Errno)(-result));
        }
    }

    /// <summary>Makes the program.</summary>
    /// <exception cref="LinuxException">The library failed; EIO: what it wrote is no program.</exception>
    public BpfInstruction[] Export()
    {
        using FileDescriptor file = CreateScratchFile();
        int result = LibSeccomp.ExportBpf(_context, file.Number);
        if (result < 0)
        {
            throw new LinuxException("seccomp_export_bpf", "the profile", (Errno)(-result));
        }

        long length = file.Status().Size;
        if (length is <= 0 or > int.MaxValue || length % BpfInstruction.SizeBytes != 0)
        {
            throw new LinuxException("seccomp_export_bpf", "the profile", Errno.EIO);
        }

        BpfInstruction[] program = new BpfInstruction[length / BpfInstruction.SizeBytes];

        // Sound: the array is pinned for the call and is as long as the count.
        unsafe
        {
            fixed (BpfInstruction* start = program)
            {
                long count = LinuxException.Check((long)Libc.PRead(file.Number, start, (nuint)length, 0), "pread", file.Path);
                return count == length ? program : throw new LinuxException("pread", file.Path, Errno.EIO);
            }
        }
    }

    /// <summary>Gives the library's memory back.</summary>
    public void Dispose()
    {
        if (_context != 0)
        {
            LibSeccomp.Release(_context);
            _context = 0;
        }
    }

    private static unsafe FileDescriptor CreateScratchFile()
    {
        const nint closeOnExec = 1;

        // Sound: the name is a constant with a final zero, and the flags are a number.
        fixed (byte* name = "seccomp\0"u8)
        {
            long number = LinuxException.Check(Libc.Call(SystemCall.MemFdCreate, name, (void*)closeOnExec, null), "memfd_create", "seccomp");
            return new FileDescriptor((int)number, "the seccomp program");
        }
    }
}
