using Bulkhead.Cgroups;
using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>exec CONTAINER PROGRAM …</c> runs a further process in a container.</summary>
/// <remarks>
/// Options may follow the container's id, but from the program on every argument is the program's. The process is the
/// container's own with what the options change, or the document that <c>--process</c> names.
/// </remarks>
internal static class ExecCommand
{
    internal const string Help = """
        usage: runtime exec [options] <container> <program> [arguments of the program]
               runtime exec [options] --process PATH <container>

        Runs a further process in a container: like the container's own, but for what the
        options say. The exit code is that of the process, or 128 and the signal's number;
        255 if it could not be started.

          --process PATH, -p    takes the process from a JSON document
          --cwd PATH            the working directory in the container
          --env NAME=VALUE, -e  sets a variable; may be repeated
          --tty, -t             gives it a terminal
          --user UID[:GID], -u  the user and the group
          --additional-gids GID, -g
                                a further group; may be repeated
          --cap NAME, -c        a further capability; may be repeated
          --no-new-privs        lets no program gain privileges
          --apparmor PROFILE    the AppArmor profile
          --process-label LABEL the SELinux label
          --detach, -d          returns once the process is started
          --pid-file PATH       writes the process's number to a file
          --console-socket PATH receives the terminal's master end by a unix socket
          --pidfd-socket PATH   receives a pidfd of the process by a unix socket
          --preserve-fds N      hands N descriptors over, from 3 on
          --cgroup [CONTROLLER[,CONTROLLER...]:]PATH
                                an existing cgroup below the container's; may be repeated
                                for other controllers of cgroup v1
          --ignore-paused       starts the process in a paused container as well

        """;

    private const int MostDescriptors = 1 << 20;

    /// <summary>The command's arguments.</summary>
    internal sealed record Request
    {
        internal required ContainerReference Container { get; init; }

        /// <summary>Where the process's document is; absent: the process is put together.</summary>
        internal string? ProcessFile { get; init; }

        internal required ProcessChanges Changes { get; init; }

        internal string? PidFile { get; init; }

        internal string? ConsoleSocket { get; init; }

        internal string? PidFdSocket { get; init; }

        internal bool Detach { get; init; }

        internal int PreserveDescriptors { get; init; }

        /// <summary>Places below the container's cgroup by controller; the empty name is all of them.</summary>
        internal IReadOnlyDictionary<string, string>? Cgroups { get; init; }

        internal bool IgnorePaused { get; init; }
    }

    internal static int Run(ContainerStore store, Log log, ReadOnlySpan<string> arguments)
    {
        Request request = Parse(arguments);
        log.RefuseToPreserve(request.PreserveDescriptors);
        Container container = store.Open(request.Container.Id);
        Process process = request.ProcessFile is { } path
            ? request.Changes.ApplyToDocument(Read(path), container.Spec.Process)
            : request.Changes.ApplyTo(container.Spec.Process ?? throw new ContainerException("the container's configuration has no process to start from"));
        return container.Exec(new ExecOptions
        {
            Process = process,
            PidFile = request.PidFile,
            ConsoleSocket = request.ConsoleSocket,
            PidFdSocket = request.PidFdSocket,
            Detach = request.Detach,
            PreserveDescriptors = request.PreserveDescriptors,
            Cgroups = request.Cgroups,
            IgnorePaused = request.IgnorePaused,
        });
    }

    internal static Request Parse(ReadOnlySpan<string> arguments)
    {
        string? processFile = null;
        string? pidFile = null;
        string? consoleSocket = null;
        string? pidFdSocket = null;
        bool detach = false;
        int preserveDescriptors = 0;
        List<string>? cgroups = null;
        bool ignorePaused = false;
        ProcessChanges changes = new();
        ArgumentReader reader = new(arguments, operandsWithOptions: 2);
        while (reader.NextOption())
        {
            if (reader.Is("process", 'p')) { processFile = reader.ReadText(); }
            else if (reader.Is("pid-file")) { pidFile = reader.ReadText(); }
            else if (reader.Is("console-socket")) { consoleSocket = reader.ReadText(); }
            else if (reader.Is("pidfd-socket")) { pidFdSocket = reader.ReadText(); }
            else if (reader.Is("detach", 'd')) { detach = reader.ReadSwitch(); }
            else if (reader.Is("preserve-fds")) { preserveDescriptors = (int)(reader.ReadNumber(0, MostDescriptors) ?? 0); }
            else if (reader.Is("cgroup")) { reader.ReadInto(ref cgroups); }
            else if (reader.Is("ignore-paused")) { ignorePaused = reader.ReadSwitch(); }
            else if (!changes.TryTake(ref reader)) { throw reader.Unknown(); }
        }

        if (reader.Operands.Count == 0)
        {
            throw new UsageException("\"exec\" requires a container");
        }

        changes.Arguments = [.. reader.Operands[1..]];
        changes.Check(processFile is not null);
        return new Request
        {
            Container = ContainerReference.Parse(reader.Operands[0]),
            ProcessFile = processFile,
            Changes = changes,
            PidFile = HostPath.MakeAbsolute(pidFile),
            ConsoleSocket = HostPath.MakeAbsolute(consoleSocket),
            PidFdSocket = HostPath.MakeAbsolute(pidFdSocket),
            Detach = detach,
            PreserveDescriptors = preserveDescriptors,
            Cgroups = cgroups is null ? null : ParseCgroups(cgroups),
            IgnorePaused = ignorePaused,
        };
    }

    private static Dictionary<string, string> ParseCgroups(List<string> arguments)
    {
        Dictionary<string, string> places = [];
        foreach (string argument in arguments)
        {
            int colon = argument.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 && arguments.Count > 1)
            {
                throw new UsageException($"--cgroup {argument}: one of several names its controllers, as in memory:{argument}", ExitCode.ExecFailure);
            }

            string path = argument[(colon + 1)..];
            foreach (string controller in colon < 0 ? [SubCgroups.Every] : argument[..colon].Split(','))
            {
                if (colon >= 0 && controller.Length == 0)
                {
                    throw new UsageException($"--cgroup {argument}: the name of a controller is empty", ExitCode.ExecFailure);
                }

                if (!places.TryAdd(controller, path))
                {
                    throw new UsageException($"--cgroup {argument}: the controller {controller} is named twice", ExitCode.ExecFailure);
                }
            }
        }

        return places;
    }

    private static Process Read(string path)
    {
        using FileDescriptor file = FileDescriptor.Open(path, FileMode.Read);
        byte[] document = file.ReadToEnd(SpecJson.MaxDocumentBytes);
        try
        {
            return SpecJson.ReadProcess(document);
        }
        catch (SpecException error)
        {
            throw new ContainerException($"{file.Path}: {error.Message}", error);
        }
    }
}
