using System.Globalization;
using Bulkhead.Tests.Support;

namespace Bulkhead.Bench.Shims;

/// <summary>conmon, podman's and CRI-O's: it serves no calls, and so does less.</summary>
internal sealed record Conmon(string Name, string Binary, string Runtime, string Root) : IMonitor
{
    /// <inheritdoc/>
    public IMonitored Start(TestBundle bundle, string id, string log)
    {
        string exits = Path.Combine(bundle.Path, "exits");
        Directory.CreateDirectory(exits);
        string initFile = Path.Combine(bundle.Path, "init.pid");
        string pidFile = Path.Combine(bundle.Path, "conmon.pid");
        Shell.Output(
            Binary, "--cid", id, "--cuuid", id, "--name", id, "--runtime", Runtime, "--runtime-arg=--root", $"--runtime-arg={Root}", "--bundle", bundle.Path,
            "--container-pidfile", initFile, "--conmon-pidfile", pidFile, "--exit-dir", exits, "--socket-dir-path", exits,
            "--log-path", $"k8s-file:{(log.Length > 0 ? log : Path.Combine(bundle.Path, "log"))}");
        Wait.Until(() => HasContent(pidFile) && HasContent(initFile), "conmon to have made the container");
        Shell.Output(Runtime, "--root", Root, "start", id);
        return new Monitored(this, new HostProcess(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture)), id);
    }

    private static bool HasContent(string file) => File.Exists(file) && new FileInfo(file).Length > 0;

    private sealed record Monitored(Conmon Conmon, HostProcess Process, string Id) : IMonitored
    {
        public void WaitForEnd() => Wait.Until(() => !Process.IsAlive, "conmon to end");

        public void Dispose()
        {
            Shell.Output(Conmon.Runtime, "--root", Conmon.Root, "delete", "--force", Id);
            WaitForEnd();
        }
    }
}
