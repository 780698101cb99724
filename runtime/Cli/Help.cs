using Bulkhead.Runtime.Cli.Commands;

namespace Bulkhead.Runtime.Cli;

/// <summary>The texts of <c>--help</c>.</summary>
internal static class Help
{
    internal const string Overview = """
        usage: runtime [global options] <command> [options] [arguments]

        Runs containers from bundles, as the OCI runtime specification has it. A bundle is a
        folder with a config.json and a root file system:

          runtime run --bundle PATH NAME

        commands:
          create      makes a container whose process waits to be started
          start       starts it
          run         creates and starts a container, and waits for its end
          state       prints a container's state
          list        lists containers
          exec        runs a further process in a container
          kill        sends a container's process a signal
          delete      takes back all that "create" has made
          ps          shows a container's processes
          pause       freezes them
          resume      lets them go on
          update      changes limits
          events      prints statistics again and again
          checkpoint  writes its processes to disk, by means of criu
          restore     makes a container that goes on from there
          spec        writes a config.json to start from
          features    prints what this runtime can do
          help        prints this text, or that of a command

        global options:
          --root PATH           the folder for the state of containers, best on a tmpfs;
                                default: /run/bulkhead/runtime, or bulkhead/runtime in
                                XDG_RUNTIME_DIR for a user without privileges
          --log PATH            appends errors and warnings to a file
          --log-format FORMAT   text or json; default: text
          --debug               logs what is done and how long it takes
          --systemd-cgroup      systemd makes the cgroup, as a scope; linux.cgroupsPath is
                                slice:prefix:name then
          --cgroup-manager NAME cgroupfs, systemd, or disabled for no cgroup at all
          --rootless VALUE      true, false or auto; default: auto
          --version, -v         prints the version
          --help, -h            prints this text, or after a command its own

        """;

    /// <summary>The text for a command, or for none; null if there is no such command.</summary>
    internal static string? Of(string? command) => command switch
    {
        null or "help" or "h" => Overview,
        "create" => CreateCommand.Help,
        "start" => StartCommand.Help,
        "run" => RunCommand.Help,
        "state" => StateCommand.Help,
        "kill" => KillCommand.Help,
        "delete" => DeleteCommand.Help,
        "exec" => ExecCommand.Help,
        "ps" => PsCommand.Help,
        "list" => ListCommand.Help,
        "pause" => PauseCommand.Help,
        "resume" => ResumeCommand.Help,
        "update" => UpdateCommand.Help,
        "events" => EventsCommand.Help,
        "checkpoint" => CheckpointCommand.Help,
        "restore" => RestoreCommand.Help,
        "spec" => SpecCommand.Help,
        "features" => FeaturesCommand.Help,
        _ => null,
    };
}
