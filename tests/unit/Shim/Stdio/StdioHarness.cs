using System.Runtime.InteropServices;
using System.Text;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Processes;
using Bulkhead.Shim.Stdio;
using Bulkhead.Tests.Unit.Linux;
using NUnit.Framework;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Tests.Unit.Shim.Stdio;

/// <summary>A loop with a folder for fifos; at its end no descriptor may be left open.</summary>
internal sealed partial class StdioHarness : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly int _descriptorsBefore = OpenDescriptors();
    private readonly Reaper _reaper;
    private ITimer? _nudge;

    public StdioHarness()
    {
        Loop = new EventLoop();
        _reaper = new Reaper(Loop);
        Context = new StdioContext
        {
            Loop = Loop,
            Reaper = _reaper,
            Namespace = "space",
            ContainerId = "box",
            Bundle = _folder.Root,
            ConsolePrefix = _folder.Root + "/tty-",
            Report = Reports.Add,
        };
    }

    public EventLoop Loop { get; }

    public StdioContext Context { get; }

    public List<string> Reports { get; } = [];

    /// <summary>The path of a file that may not exist.</summary>
    public string PathOf(string name) => $"{_folder.Root}/{name}";

    /// <summary>Makes a fifo.</summary>
    public string Fifo(string name)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(_folder.Root);
        folder.MakeNode(name, FileKind.Fifo, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return PathOf(name);
    }

    public Task<ProcessStdio> OpenAsync(string stdin = "", string stdout = "", string stderr = "", bool terminal = false) =>
        ProcessStdio.OpenAsync(Context, new StdioRequest(stdin, stdout, stderr, terminal), CancellationToken.None);

    /// <summary>Runs a shell command with the ends of a stdio that has not been started.</summary>
    public TestProcess Shell(ProcessStdio stdio, string command)
    {
        using FileDescriptor nowhere = FileDescriptor.Open("/dev/null", FileMode.ReadWrite);
        return Shell(command, stdio.Input ?? nowhere, stdio.Output ?? nowhere, stdio.Error ?? nowhere);
    }

    public TestProcess Shell(string command, FileDescriptor input, FileDescriptor output, FileDescriptor error)
    {
        return new TestProcess(Loop, _nudge is null ? null : _reaper, Spawn.Start(new SpawnPlan
        {
            Program = "/bin/sh",
            Arguments = ["sh", "-c", command],
            Environment = ["PATH=/usr/bin:/bin", $"DIR={_folder.Root}"],
            Input = input,
            Output = output,
            Error = error,
            LeadsSession = true,
        }).Pid);
    }

    /// <summary>A client that reads a fifo.</summary>
    public LoopStream Reader(string path) => new(Loop, FileDescriptor.Open(path, FileMode.ReadNonBlocking));

    /// <summary>A client that writes into a fifo, or to the shim's end of one.</summary>
    public LoopStream Writer(string path) => new(Loop, FileDescriptor.Open(path, FileMode.WriteNonBlocking));

    public void Run(Func<Task> test)
    {
        Loop.Run(async () =>
        {
            await test();
            _nudge?.Dispose();
        });
        Loop.Dispose();
        _reaper.Dispose();
        Assert.That(OpenDescriptors(), Is.EqualTo(_descriptorsBefore), "descriptors that are open");
    }

    /// <summary>Has the reaper reap for this test.</summary>
    /// <remarks>
    /// The threads of the test's own process don't block SIGCHLD, so that a child's end would be theirs to see. This thread
    /// does, and a timer sends it one again and again.
    /// </remarks>
    public void BeginToReap()
    {
        ulong childSignal = 1UL << (Signal.Chld.Number - 1);
        Assert.That(SetSignalMask(0, childSignal, 0), Is.Zero);
        _nudge = Loop.Time.CreateTimer(static _ => Assert.That(SendToThread(ThisThread(), Signal.Chld.Number), Is.Zero), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(5));
        _ = _reaper.RunAsync();
    }

    /// <summary>Reads to the end of a stream.</summary>
    public static async Task<string> TextOf(LoopStream stream)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[100_000];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Reads until a text has come.</summary>
    public static async Task<string> TextUntil(LoopStream stream, string last)
    {
        StringBuilder all = new();
        byte[] buffer = new byte[4096];
        while (!all.ToString().EndsWith(last, StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var count)
        {
            all.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return all.ToString();
    }

    public void Dispose()
    {
        Loop.Dispose();
        _reaper.Dispose();
        _folder.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, in ulong set, nint old);

    [LibraryImport("libc", EntryPoint = "pthread_kill")]
    private static partial int SendToThread(nint thread, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nint ThisThread();

    // Whatever other tests have left to the collector is not this one's, nor is code that is loaded when it is first used.
    private static int OpenDescriptors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.GetFileSystemEntries("/proc/self/fd").Count(static path => new FileInfo(path).LinkTarget is { } target && !target.EndsWith(".dll", StringComparison.Ordinal));
    }
}

/// <summary>A process that is waited for on the loop.</summary>
internal sealed class TestProcess(EventLoop loop, Reaper? reaper, int pid)
{
    public int Pid { get; } = pid;

    /// <summary>Waits for its end; the shell's exit code.</summary>
    public async Task<int> EndAsync()
    {
        if (reaper is not null)
        {
            return (await reaper.WaitFor(Pid)).Status.ExitCode;
        }

        using PidFd process = PidFd.TryOpen(Pid)!;
        using Readiness readiness = loop.Watch(process);
        while (!Polling.WaitForInput(process, TimeSpan.Zero))
        {
            await readiness.Input();
        }

        return ChildProcess.Wait(Pid).ExitCode;
    }

    public void Kill()
    {
        using PidFd? process = PidFd.TryOpen(Pid);
        process?.Send(Signal.Kill);
    }
}
