using Bulkhead.Linux.Files;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Bpf;

/// <summary>The BPF program of a cgroup v2 that decides over the use of devices.</summary>
/// <remarks>bpf(2); kernel, bpf/prog_cgroup_sysctl.rst shows the same life for another type; since 4.15.</remarks>
public static class DeviceFilter
{
    // The kernel keeps at most 64 programs of a type on a cgroup.
    private const int MostPrograms = 64;

    /// <summary>Makes a program the only one of a cgroup.</summary>
    /// <param name="cgroup">The cgroup's directory, opened for reading.</param>
    /// <param name="program">Gets <c>struct bpf_cgroup_dev_ctx</c> and returns 1 to allow, 0 to deny.</param>
    /// <param name="isFresh">Whether the cgroup is new, so that none can be there.</param>
    /// <remarks>
    /// The old program is exchanged (since 5.6) or taken away after the new one is in place: both must allow in between, so
    /// that never more is allowed than one of them allows. Programs of cgroups above count besides.
    /// </remarks>
    /// <exception cref="LinuxException">As bpf(2); EPERM without CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN.</exception>
    public static void Set(DirectoryHandle cgroup, ReadOnlySpan<BpfInstruction> program, bool isFresh)
    {
        using FileDescriptor loaded = Load(program);
        List<FileDescriptor> old = isFresh ? [] : Attached(cgroup);
        try
        {
            if (old is [var only] && TryReplace(cgroup, loaded, only))
            {
                return;
            }

            BpfAttach attach = Attach(cgroup, loaded, BpfConstants.BPF_F_ALLOW_MULTI);
            LinuxException.Check(Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_ATTACH, ref attach, Size<BpfAttach>()), "bpf", cgroup.Path);
            foreach (FileDescriptor former in old)
            {
                BpfAttach detach = Attach(cgroup, former, 0);
                LinuxException.Check(Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_DETACH, ref detach, Size<BpfAttach>()), "bpf", cgroup.Path);
            }
        }
        finally
        {
            foreach (FileDescriptor former in old)
            {
                former.Dispose();
            }
        }
    }

    private static bool TryReplace(DirectoryHandle cgroup, FileDescriptor program, FileDescriptor former)
    {
        BpfAttach attach = Attach(cgroup, program, BpfConstants.BPF_F_ALLOW_MULTI | BpfConstants.BPF_F_REPLACE);
        attach.Replaced = (uint)former.Number;

        // EINVAL: before 5.6. ENOENT: the program is attached without BPF_F_ALLOW_MULTI, or is no longer there.
        return Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_ATTACH, ref attach, Size<BpfAttach>()) == 0
            || (LinuxException.LastError is Errno.EINVAL or Errno.ENOENT ? false
                : throw new LinuxException("bpf", cgroup.Path, LinuxException.LastError));
    }

    private static BpfAttach Attach(DirectoryHandle cgroup, FileDescriptor program, uint flags) => new()
    {
        Target = (uint)cgroup.Number,
        Program = (uint)program.Number,
        AttachType = BpfConstants.BPF_CGROUP_DEVICE,
        Flags = flags,
    };

    private static FileDescriptor Load(ReadOnlySpan<BpfInstruction> program)
    {
        long number = TryLoad(program);
        if (number < 0 && LinuxException.LastError is Errno.EPERM)
        {
            // Before 5.11 programs are charged to RLIMIT_MEMLOCK, of which there may be too little left.
            number = LoadWithoutLimit(program);
        }

        return new FileDescriptor((int)LinuxException.Check(number, "bpf", "the device program"), "the device program");
    }

    private static long LoadWithoutLimit(ReadOnlySpan<BpfInstruction> program)
    {
        ResourceLimitPair none = new() { Soft = ulong.MaxValue, Hard = ulong.MaxValue };
        ResourceLimitPair before = default;

        // Sound: both structures are on this stack, and the kernel reads one and writes the other during the call.
        unsafe
        {
            if (Libc.PrLimit(0, RLIMIT_MEMLOCK, &none, &before) < 0)
            {
                return Failed(Errno.EPERM);
            }

            long number = TryLoad(program);
            Errno error = LinuxException.LastError;
            _ = Libc.PrLimit(0, RLIMIT_MEMLOCK, &before, null);
            return number < 0 ? Failed(error) : number;
        }
    }

    private const int RLIMIT_MEMLOCK = 8;

    private static long Failed(Errno error) => throw new LinuxException("bpf", "the device program", error);

    private static long TryLoad(ReadOnlySpan<BpfInstruction> program)
    {
        // Sound: what the attributes point at is pinned for the call, with its own length.
        unsafe
        {
            fixed (BpfInstruction* instructions = program)
            fixed (byte* license = "Apache\0"u8)
            {
                BpfLoad load = new()
                {
                    ProgramType = BpfConstants.BPF_PROG_TYPE_CGROUP_DEVICE,
                    InstructionCount = (uint)program.Length,
                    Instructions = (ulong)instructions,
                    License = (ulong)license,
                };
                return Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_LOAD, ref load, Size<BpfLoad>());
            }
        }
    }

    private static List<FileDescriptor> Attached(DirectoryHandle cgroup)
    {
        Span<uint> ids = stackalloc uint[MostPrograms];
        BpfQuery query = new() { Target = (uint)cgroup.Number, AttachType = BpfConstants.BPF_CGROUP_DEVICE, Count = MostPrograms };

        // Sound: the array is on this stack and its own length is given.
        unsafe
        {
            fixed (uint* start = ids)
            {
                query.Ids = (ulong)start;
                LinuxException.Check(Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_QUERY, ref query, Size<BpfQuery>()), "bpf", cgroup.Path);
            }
        }

        List<FileDescriptor> programs = [];
        foreach (uint id in ids[..(int)query.Count])
        {
            BpfById byId = new() { Id = id };
            long number = Libc.Bpf(SystemCall.Bpf, BpfConstants.BPF_PROG_GET_FD_BY_ID, ref byId, Size<BpfById>());

            // One that a security module hides, or that has just gone, stays: it can only deny more.
            if (number >= 0)
            {
                programs.Add(new FileDescriptor((int)number, $"BPF program {id}"));
            }
        }

        return programs;
    }

    private static unsafe long Size<T>()
        where T : unmanaged => sizeof(T);
}
