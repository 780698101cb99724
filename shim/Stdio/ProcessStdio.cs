using Bulkhead.Linux.Files;
using Bulkhead.Linux.Terminals;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio.Attach;
using Bulkhead.Shim.Stdio.Logs;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Stdio;

/// <summary>The input and output of one process, from before the runtime makes it until after its end.</summary>
/// <remarks>
/// 1. <see cref="OpenAsync"/>, before the runtime's create or exec, which gets the ends or the console socket.
/// 2. <see cref="StartAsync"/>, after it has returned: copying begins. Until then output waits in the pipes.
/// 3. <see cref="DrainAsync"/>, when the process has ended: the last of its output goes out, and clients see the end.
/// 4. <see cref="DisposeAsync"/>, also after a failure at any step.
/// </remarks>
/// <example><code>
/// await using ProcessStdio stdio = await ProcessStdio.OpenAsync(context, request, cancellationToken);
/// await CreateContainer(stdio.Input, stdio.Output, stdio.Error, stdio.ConsoleSocket);
/// await stdio.StartAsync(cancellationToken);
/// ...
/// await stdio.DrainAsync(TimeSpan.FromSeconds(1));
/// </code></example>
internal sealed class ProcessStdio : IAsyncDisposable
{
    private readonly StdioContext _context;
    private readonly List<OutputPump> _pumps = [];
    private readonly List<LoopStream> _streams = [];
    private IOutputSink? _outputSink;
    private IOutputSink? _errorSink;
    private ILoopInput? _inputSource;
    private InputPump? _input;
    private TerminalSocket? _consoleSocket;
    private FileDescriptor? _terminal;
    private WindowSize? _size;
    private bool _isInputClosed;
    private bool _isDisposed;

    private ProcessStdio(StdioContext context) => _context = context;

    /// <summary>What the runtime's command gets as its standard input; null for <c>/dev/null</c>, and with a terminal.</summary>
    public FileDescriptor? Input { get; private set; }

    /// <summary>What the runtime's command gets as its standard output; null for <c>/dev/null</c>, and with a terminal.</summary>
    public FileDescriptor? Output { get; private set; }

    /// <summary>What the runtime's command gets as its standard error; null for <c>/dev/null</c>, and with a terminal.</summary>
    public FileDescriptor? Error { get; private set; }

    /// <summary>The socket that the runtime's command sends the terminal to; null without one, and when it has come.</summary>
    public string? ConsoleSocket => _consoleSocket?.Path;

    /// <summary>Opens what the addresses lead to.</summary>
    /// <exception cref="Linux.LinuxException">As open(2) and execve(2): ENOENT for a fifo or a program that is not there.</exception>
    /// <exception cref="StdioException">An address is none, or leads to something of another kind.</exception>
    /// <exception cref="TimeoutException">A program that is to get the output is not ready in time.</exception>
    public static async Task<ProcessStdio> OpenAsync(StdioContext context, StdioRequest request, CancellationToken cancellationToken)
    {
        StdioAddress input = StdioAddress.Parse(request.Stdin);
        StdioAddress output = StdioAddress.Parse(request.Stdout);
        StdioAddress error = request.Terminal ? StdioAddress.Parse("") : StdioAddress.Parse(request.Stderr);
        ProcessStdio stdio = new(context);
        try
        {
            if (output.Kind is StdioKind.Log && error.Kind is StdioKind.Log && error.Text != output.Text)
            {
                throw new StdioException($"\"{error.Text}\": standard error has the log of standard output, or none");
            }

            stdio.OpenInput(input);
            stdio._outputSink = await OutputSinks.OpenAsync(context, output, cancellationToken);
            stdio._errorSink = error.Text == output.Text ? stdio._outputSink : await OutputSinks.OpenAsync(context, error, cancellationToken);
            stdio.OpenAttachInput(input);
            if (request.Terminal)
            {
                stdio._consoleSocket = TerminalSocket.Listen(context.Loop, context.ConsolePrefix);
            }
            else
            {
                stdio.MakePipes(output.Kind);
            }

            return stdio;
        }
        catch
        {
            await stdio.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leaves the ends to the process alone, receives its terminal, and begins to copy.</summary>
    /// <exception cref="TimeoutException">The runtime has sent no terminal within 10 seconds.</exception>
    /// <exception cref="StdioException">What the runtime has sent is no terminal.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        CloseEnds();
        if (_consoleSocket is not null)
        {
            FileDescriptor terminal = await _consoleSocket.ReceiveAsync(cancellationToken);
            _consoleSocket.Dispose();
            _consoleSocket = null;
            UseTerminal(terminal);
        }

        _input?.Start();
        foreach (OutputPump pump in _pumps)
        {
            pump.Start();
        }
    }

    /// <summary>Sets the size of the terminal's window; before there is one it is remembered, without one it is of no account.</summary>
    /// <exception cref="Linux.LinuxException">As ioctl(2).</exception>
    public void Resize(WindowSize size)
    {
        _size = size;
        if (_terminal is not null)
        {
            Terminal.SetSize(_terminal, size);
        }
    }

    /// <summary>Ends the input once all that clients have written so far is passed on. A terminal stays open.</summary>
    public void CloseInput()
    {
        _isInputClosed = true;
        _input?.Close();
    }

    /// <summary>Copies the rest, after the process has ended, and tells the destinations that it was the rest.</summary>
    /// <remarks>
    /// All that the process has written is copied. A destination that takes nothing for <paramref name="grace"/> is not waited
    /// for any longer, but may take it until this is disposed. If another process can still write, it has as long to end;
    /// what it writes later is lost.
    /// </remarks>
    /// <param name="grace">0 or more.</param>
    public async Task DrainAsync(TimeSpan grace)
    {
        _input?.Stop();
        List<Task> settled = [];
        List<Task> done = [];
        foreach (OutputPump pump in _pumps)
        {
            pump.BeginDrain();
            settled.Add(pump.Settled);
            done.Add(pump.Done);
        }

        if (await HaveSettledAsync(Task.WhenAll(settled), grace))
        {
            await IsDoneWithinAsync(Task.WhenAll(done), grace);
        }

        foreach (OutputPump pump in _pumps)
        {
            pump.EndWhenSettled();
            if (pump.Settled.IsCompleted && !pump.IsHeldUp)
            {
                await pump.Done;
            }
        }
    }

    /// <summary>Closes everything. What has not been copied is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _terminal = null;
        CloseEnds();
        _consoleSocket?.Dispose();
        _input?.Stop();
        foreach (OutputPump pump in _pumps)
        {
            pump.Stop();
        }

        // The destinations are told of the end before they are closed; that ends the writes which one of them holds up.
        foreach (OutputPump pump in _pumps)
        {
            if (!pump.IsHeldUp)
            {
                await pump.Done;
            }
        }

        Task closing = CloseSinksAsync();
        foreach (OutputPump pump in _pumps)
        {
            await pump.Done;
        }

        foreach (LoopStream stream in _streams)
        {
            stream.Dispose();
        }

        if (_input is not null)
        {
            await _input.Done;
        }

        await closing;
    }

    private void OpenInput(StdioAddress address)
    {
        switch (address.Kind)
        {
            case StdioKind.None:
                break;
            case StdioKind.Fifo:
                using (FileDescriptor place = Fifo.Find(address.Path))
                {
                    _inputSource = Follow(place.Reopen(FileMode.ReadWriteNonBlocking));
                }

                break;

            // The socket comes with the output.
            case StdioKind.Log when LogAddress.TryParseInput(address.Text) is not null:
                break;
            default:
                throw new StdioException($"\"{address.Text}\": standard input comes from a fifo, an attach socket or from nowhere");
        }
    }

    private void OpenAttachInput(StdioAddress address)
    {
        if (LogAddress.TryParseInput(address.Text) is { } socket)
        {
            AttachServer? attach = (_outputSink as LogSink)?.Attach ?? (_errorSink as LogSink)?.Attach;
            _inputSource = attach?.Path == socket ? attach.OpenInput() : throw new StdioException($"\"{address.Text}\": no output has that attach socket");
        }
    }

    private void MakePipes(StdioKind outputKind)
    {
        if (_inputSource is not null)
        {
            (Input, FileDescriptor write) = MakePipe("standard input");
            write.SetNonBlocking();
            _input = new InputPump(_inputSource, Follow(write), isTerminal: false, _context.Report);
        }

        if (_outputSink is not null)
        {
            Output = MakeOutputPipe(OutputStream.Stdout, _outputSink);
        }

        if (_errorSink is not null)
        {
            // Where the streams are not told apart, one pipe for both keeps the order in which the process writes.
            bool isShared = _errorSink == _outputSink && outputKind is StdioKind.Fifo or StdioKind.File;
            Error = isShared ? Output : MakeOutputPipe(OutputStream.Stderr, _errorSink);
        }
    }

    private FileDescriptor MakeOutputPipe(OutputStream stream, IOutputSink sink)
    {
        (FileDescriptor read, FileDescriptor write) = MakePipe(stream == OutputStream.Stdout ? "standard output" : "standard error");
        read.SetNonBlocking();
        _pumps.Add(new OutputPump(Follow(read), read, stream, sink, _context.Report));
        return write;
    }

    private (FileDescriptor Read, FileDescriptor Write) MakePipe(string name)
    {
        (FileDescriptor read, FileDescriptor write) = Pipe.Create(name);
        if (_context.User != 0 || _context.Group != 0)
        {
            read.SetOwner(_context.User, _context.Group);
        }

        return (read, write);
    }

    private void UseTerminal(FileDescriptor terminal)
    {
        LoopStream master = Follow(terminal);
        _terminal = terminal;
        if (_size is { } size)
        {
            Terminal.SetSize(terminal, size);
        }

        _pumps.Add(new OutputPump(master, terminal, OutputStream.Stdout, _outputSink, _context.Report));
        if (_inputSource is not null)
        {
            _input = new InputPump(_inputSource, master, isTerminal: true, _context.Report);
            if (_isInputClosed)
            {
                _input.Close();
            }
        }
    }

    private LoopStream Follow(FileDescriptor file)
    {
        LoopStream stream = new(_context.Loop, file);
        _streams.Add(stream);
        return stream;
    }

    private void CloseEnds()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        Input = Output = Error = null;
    }

    private async Task<bool> HaveSettledAsync(Task settled, TimeSpan grace)
    {
        // The time begins anew whenever something has gone out.
        long copied;
        do
        {
            copied = Copied();
            if (await IsDoneWithinAsync(settled, grace))
            {
                return true;
            }
        }
        while (Copied() > copied);
        return false;
    }

    private long Copied()
    {
        long sum = 0;
        foreach (OutputPump pump in _pumps)
        {
            sum += pump.Copied;
        }

        return sum;
    }

    private async Task<bool> IsDoneWithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, _context.Loop.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task CloseSinksAsync()
    {
        if (_outputSink is not null)
        {
            await _outputSink.DisposeAsync();
        }

        if (_errorSink is not null && _errorSink != _outputSink)
        {
            await _errorSink.DisposeAsync();
        }
    }
}
