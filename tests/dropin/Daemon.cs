using System.Globalization;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.DropIn;

/// <summary>
/// A daemon in mount and PID namespaces of its own. All that it starts ends with it, in whatever way it ends, and
/// what it mounts is seen by nobody else.
/// </summary>
internal sealed class Daemon : IDisposable
{
    private const string Script = "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" || exit; shift 2; done; shift; exec \"$@\"";

    private readonly RunningCommand _unshare;

    private Daemon(RunningCommand unshare) => _unshare = unshare;

    /// <summary>The daemon, or the shell that it runs under: the first process of its PID namespace, by the host's number.</summary>
    public int Pid => new HostProcess(_unshare.Pid).Children.Single();

    /// <summary>What a command begins with that is to see the daemon's mounts and processes.</summary>
    public string[] Enter => ["nsenter", "--mount", "--pid", "--target", Pid.ToString(CultureInfo.InvariantCulture), "--"];

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="folder">Where its output goes.</param>
    /// <param name="hidden">Folders of the machine's, in whose places the daemon sees empty ones.</param>
    /// <param name="command">The daemon and its arguments.</param>
    /// <param name="answers">Whether it does.</param>
    public static Daemon Start(TemporaryFolder folder, string[] hidden, string[] command, Func<bool> answers)
    {
        var unshare = new HostCommand(folder, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private");
        List<string> covers = [];
        foreach (string place in hidden)
        {
            Directory.CreateDirectory(place);
            covers.AddRange([folder.Folder($"hidden{covers.Count / 2}"), place]);
        }

        RunningCommand running = unshare.Start(["sh", "-c", Script, "sh", .. covers, "--", .. command]);
        if (!Wait.Try(() => running.HasEnded || answers(), TimeSpan.FromSeconds(20)) || running.HasEnded)
        {
            string output = running.Output + running.Error;
            running.Dispose();
            throw new InvalidOperationException($"{command[0]} does not answer:\n{output}");
        }

        return new Daemon(running);
    }

    /// <inheritdoc/>
    public void Dispose() => _unshare.Dispose();
}
