namespace Bulkhead.Tests.Support.Shims;

/// <summary>The runtime under test behind a script that waits in one of its commands until the test lets it go on.</summary>
public sealed class HeldRuntime
{
    private readonly TemporaryFolder _folder;
    private readonly string _command;

    /// <summary>Puts it in the runtime's place for all shims of a caller.</summary>
    /// <param name="caller">The caller, before it starts a shim.</param>
    /// <param name="command">The command that waits: <c>create</c>.</param>
    public HeldRuntime(ShimCaller caller, string command)
    {
        _folder = caller.Folder;
        _command = command;
        string script = $"""
            #!/bin/sh
            for word; do
                [ "$word" != {command} ] || touch '{_folder.File("held")}'
                [ "$word" != {command} ] || while ! test -e '{_folder.File("go")}'; do sleep 0.02; done
            done
            exec '{caller.Options.BinaryName}' "$@"

            """;
        caller.Options.BinaryName = _folder.Write("runtime", script);
        File.SetUnixFileMode(caller.Options.BinaryName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>Waits until the command waits.</summary>
    public void WaitUntilHeld() => Wait.Until(() => File.Exists(_folder.File("held")), $"the runtime's {_command}");

    /// <summary>Lets it go on.</summary>
    public void Release() => File.WriteAllText(_folder.File("go"), "");
}
