using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli;

/// <summary>The binary <c>runtime</c>: reads the command line, runs the command, tells why it failed.</summary>
internal static class Program
{
    /// <summary>Runs one command; the result is the process's exit code.</summary>
    internal static int Main(string[] arguments)
    {
        Log log = Log.ToStandardError();
        CommandLine? line = null;
        try
        {
            StandardStreams.OpenMissing();
            line = CommandLine.Parse(arguments);
            log = Log.Open(line);
            return Run(line, log);
        }
        catch (HelpRequest)
        {
            ProcessStreams.Print(Help.Of(line?.Command) ?? Help.Overview);
            return ExitCode.Success;
        }
        catch (UsageException error)
        {
            log.Error(error.Message);
            return error.ExitCode;
        }
        catch (Exception error)
        {
            // The process ends here: whatever went wrong, the caller gets one line and a code.
            log.Error(error is TypeInitializationException { InnerException: { } cause } ? cause.Message : error.Message);
            if (log.IsDebug)
            {
                log.Debug(error.ToString());
            }

            return line?.Command == "exec" ? ExitCode.ExecFailure : ExitCode.Failure;
        }
        finally
        {
            log.Dispose();
        }
    }

    private static int Run(CommandLine line, Log log)
    {
        if (line.Help || line.Command is "help" or "h" || (line.Command is null && !line.Version))
        {
            return ShowHelp(line);
        }

        if (line.Version)
        {
            ProcessStreams.Print(BuildVersion.Text);
            return ExitCode.Success;
        }

        line.RefuseUnsupported();
        if (line.Criu is not null)
        {
            log.Warning("--criu is ignored: the criu found in PATH is used");
        }

        return Dispatch(line, log);
    }

    private static int Dispatch(CommandLine line, Log log)
    {
        ReadOnlySpan<string> arguments = line.Arguments;
        return line.Command switch
        {
            "create" => CreateCommand.Run(Open(line, log), log, line.CgroupManager, arguments),
            "start" => StartCommand.Run(Open(line, log), arguments),
            "run" => RunCommand.Run(Open(line, log), log, line.CgroupManager, arguments),
            "state" => StateCommand.Run(Open(line, log), arguments),
            "kill" => KillCommand.Run(Open(line, log), arguments),
            "delete" => DeleteCommand.Run(Open(line, log), arguments),
            "exec" => ExecCommand.Run(Open(line, log), log, arguments),
            "ps" => PsCommand.Run(Open(line, log), arguments),
            "list" => ListCommand.Run(Open(line, log), arguments),
            "pause" => PauseCommand.Run(Open(line, log), arguments),
            "resume" => ResumeCommand.Run(Open(line, log), arguments),
            "update" => UpdateCommand.Run(Open(line, log), log, arguments),
            "events" => EventsCommand.Run(Open(line, log), log, arguments),
            "spec" => SpecCommand.Run(arguments),
            "features" => FeaturesCommand.Run(arguments),
            "checkpoint" => CheckpointCommand.Run(Open(line, log), arguments),
            "restore" => RestoreCommand.Run(Open(line, log), line.CgroupManager, arguments),
            _ => throw new UsageException($"\"{line.Command}\" is not a command: see \"runtime --help\"", ExitCode.UnknownCommand),
        };
    }

    private static ContainerStore Open(CommandLine line, Log log)
    {
        string root = HostPath.MakeAbsolute(line.Root) ?? StateRoot.Default();
        if (Array.TrueForAll(root.Split('/'), static part => part is "" or "." or ".."))
        {
            throw new UsageException($"--root {line.Root}: the root of the file system is no place for the state of containers");
        }

        return new ContainerStore(root, log.ForEngine(), line.IsRootless);
    }

    private static int ShowHelp(CommandLine line)
    {
        string? topic = line.Command is "help" or "h" ? line.Arguments is [var first, ..] ? first : null : line.Command;
        ProcessStreams.Print(Help.Of(topic) ?? throw new UsageException($"no help topic \"{topic}\"", ExitCode.UnknownCommand));
        return ExitCode.Success;
    }
}
