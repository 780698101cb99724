namespace Bulkhead.Tests.Support;

/// <summary>Runs the OCI runtime under test with a state root of the test's own.</summary>
/// <example><code>
/// using var folder = new TemporaryFolder();
/// Result result = new RuntimeCommand(folder).Run("state", "no-such-container");
/// </code></example>
/// <param name="folder">Holds the state root and the captured output.</param>
public sealed class RuntimeCommand(TemporaryFolder folder)
{
    private readonly HostCommand _command = new(folder);

    /// <summary>The state root.</summary>
    public string Root { get; } = folder.File("state");

    /// <summary>What starts the runtime, put before its path: <c>setpriv --reuid=1000</c>. Empty: the test itself.</summary>
    public List<string> Launcher { get; } = [];

    /// <summary>Global options put before the command, after <c>--root</c>; at first those of <c>BULKHEAD_TEST_OPTIONS</c>.</summary>
    public List<string> GlobalOptions { get; } = [.. Repository.RuntimeOptions];

    /// <inheritdoc cref="HostCommand.Prefix"/>
    public List<string> Prefix => _command.Prefix;

    /// <inheritdoc cref="HostCommand.Environment"/>
    public Dictionary<string, string?> Environment => _command.Environment;

    /// <inheritdoc cref="HostCommand.Descriptors"/>
    public SortedDictionary<int, string> Descriptors => _command.Descriptors;

    /// <inheritdoc cref="HostCommand.WorkingDirectory"/>
    public string? WorkingDirectory
    {
        get => _command.WorkingDirectory;
        set => _command.WorkingDirectory = value;
    }

    /// <inheritdoc cref="HostCommand.Input"/>
    public string? Input
    {
        get => _command.Input;
        set => _command.Input = value;
    }

    /// <inheritdoc cref="HostCommand.TimeLimit"/>
    public TimeSpan TimeLimit
    {
        get => _command.TimeLimit;
        set => _command.TimeLimit = value;
    }

    /// <summary>Runs one command in a folder of its own, for those that need no container (<c>spec</c>, <c>--version</c>).</summary>
    public static Result Once(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        return new RuntimeCommand(folder).Run(arguments);
    }

    /// <summary>Runs a command to its end.</summary>
    public Result Run(params string[] arguments) => _command.Run(All(arguments));

    /// <summary>Starts a command in the background.</summary>
    public RunningCommand Start(params string[] arguments) => _command.Start(All(arguments));

    /// <summary>Starts a command in the background whose stdin the test writes to: <see cref="RunningCommand.Input"/>.</summary>
    public RunningCommand StartInteractive(params string[] arguments) => _command.StartInteractive(All(arguments));

    private string[] All(string[] arguments) => [.. Launcher, Repository.RuntimeBinary, "--root", Root, .. GlobalOptions, .. arguments];
}
