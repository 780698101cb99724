using System.Diagnostics;
using System.Globalization;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Tests.Support;

namespace Bulkhead.Bench.Shims;

/// <summary>What a shim costs: memory while it waits, time to its first answer, time for a container's output.</summary>
internal sealed class ShimScenarios(Workspace workspace, IMonitor[] monitors, int rounds)
{
    /// <summary>How many containers there are at once, each with a monitor of its own.</summary>
    public const int Containers = 20;

    /// <summary>How many processes are run in one of them.</summary>
    public const int Execs = 1000;

    /// <summary>How much output is copied, in MiB.</summary>
    public const int OutputMebibytes = 1024;

    /// <summary>How long idle monitors are watched.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private const string True = """{"args":["/bin/true"],"cwd":"/","user":{"uid":0,"gid":0}}""";
    private int _bundles;

    /// <summary>The memory of each of many, and how often one of them wakes while nothing happens.</summary>
    public Dictionary<string, IdleCost> Idle() => monitors.ToDictionary(monitor => monitor.Name, monitor =>
    {
        List<IMonitored> running = [];
        try
        {
            for (int i = 0; i < Containers; i++)
            {
                running.Add(Start(monitor, workspace.Waiting, ""));
            }

            Settle();
            long before = running.Sum(one => WakeUps(one.Process));
            Thread.Sleep(IdleTime);
            long wakeUps = running.Sum(one => WakeUps(one.Process)) - before;
            IdleCost cost = new(
                Report.Median(running.Select(one => Rollup(one.Process, "Pss"))),
                Report.Median(running.Select(one => Rollup(one.Process, "Private_Clean") + Rollup(one.Process, "Private_Dirty"))),
                Report.Median(running.Select(one => Rollup(one.Process, "Rss"))),
                (double)wakeUps / Containers);
            return running[0] is Shimmed shim ? cost with { PrivateAfterExecs = AfterExecs(shim) } : cost;
        }
        finally
        {
            running.ForEach(one => one.Dispose());
        }
    });

    /// <summary>From the start of a shim to its first answer, in milliseconds, in random order within each round.</summary>
    public Dictionary<string, List<double>> FirstCall()
    {
        Shim[] shims = [.. monitors.OfType<Shim>().DistinctBy(shim => shim.Binary)];
        Dictionary<string, List<double>> times = shims.ToDictionary(shim => shim.Name, _ => new List<double>());
        TestBundle bundle = NewBundle(workspace.Waiting, out string id);
        for (int round = -5; round < rounds; round++)
        {
            Random.Shared.Shuffle(shims);
            foreach (Shim shim in shims)
            {
                long start = Stopwatch.GetTimestamp();
                using Shimmed one = new(shim, bundle, id);
                Shim.Get(one.Tasks.ConnectAsync(new ConnectRequest { Id = id }));
                double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (round >= 0)
                {
                    times[shim.Name].Add(time);
                }
            }
        }

        return times;
    }

    /// <summary>The copying of a container's output to a log.</summary>
    /// <param name="logs">What is compared in this alone.</param>
    public Dictionary<string, CopyCost> Copy(IEnumerable<IMonitor> logs) => monitors.Concat(logs).ToDictionary(monitor => monitor.Name, monitor =>
    {
        // Long lines of text, as many programs write them; read by cat from the page cache.
        TestBundle bundle = NewBundle(workspace.Waiting, out string id);
        string part = Path.Combine(bundle.Path, "part");
        string line = new string('x', 999) + "\n";
        File.WriteAllText(part, string.Concat(Enumerable.Repeat(line, 64 << 10)));
        long partBytes = new FileInfo(part).Length;
        int parts = (int)((((long)OutputMebibytes << 20) + partBytes - 1) / partBytes);
        bundle.Mount("/part", "bind", part, "bind", "ro");
        bundle.Process.Args(["cat", .. Enumerable.Repeat("/part", parts)]);
        bundle.Save();

        long start = Stopwatch.GetTimestamp();
        string log = Path.Combine(workspace.States, "log");
        using IMonitored one = monitor.Start(bundle, id, log);
        double processor = 0;
        Wait.Until(() => (processor = Math.Max(processor, ProcessorSeconds(one.Process))) >= 0 && IsWritten(log, parts * partBytes), "the log to be complete");
        processor = Math.Max(processor, ProcessorSeconds(one.Process));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        one.WaitForEnd();
        File.Delete(log);
        return new CopyCost(parts * partBytes / 1e9 / seconds, parts * partBytes / 1e9 / processor);
    });

    private static bool IsWritten(string log, long bytes) => File.Exists(log) && new FileInfo(log).Length >= bytes;

    private static double AfterExecs(Shimmed shim)
    {
        for (int i = 0; i < Execs; i++)
        {
            shim.Exec(string.Create(CultureInfo.InvariantCulture, $"e{i}"), True);
        }

        Settle();
        return Rollup(shim.Process, "Private_Clean") + Rollup(shim.Process, "Private_Dirty");
    }

    private IMonitored Start(IMonitor monitor, TestBundle template, string log) => monitor.Start(NewBundle(template, out string id), id, log);

    /// <summary>A bundle of its own for each container, with the template's root file system.</summary>
    private TestBundle NewBundle(TestBundle template, out string id)
    {
        id = string.Create(CultureInfo.InvariantCulture, $"{workspace.Id}-{_bundles++}");
        return TestBundle.Create(workspace.Folder(id), bundle =>
        {
            bundle.Set("root.path", template.Rootfs);
            bundle.Namespace("cgroup");
            bundle.Process.Args("/bin/true", "wait");

            // Where containerd's shim writes what it has to say; it ends when it can't.
            File.WriteAllText(Path.Combine(bundle.Path, "log"), "");
        });
    }

    // What a start has used is given back after a moment.
    private static void Settle() => Thread.Sleep(TimeSpan.FromSeconds(5));

    private static long WakeUps(HostProcess process) => Directory.EnumerateDirectories($"/proc/{process.Pid}/task")
        .Sum(task => long.Parse(File.ReadLines($"{task}/status").First(line => line.StartsWith("voluntary_ctxt", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture));

    private static double Rollup(HostProcess process, string field) => File.ReadLines($"/proc/{process.Pid}/smaps_rollup")
        .Where(line => line.StartsWith(field + ":", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    private static double ProcessorSeconds(HostProcess process)
    {
        try
        {
            string[] fields = process.Read("stat").Split(") ")[1].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / 100;
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }
}

/// <summary>What a monitor holds while nothing happens, medians in KiB, and its wake-ups in ten seconds.</summary>
internal sealed record IdleCost(double ProportionalKibibytes, double PrivateKibibytes, double ResidentKibibytes, double WakeUps)
{
    /// <summary>Private memory after a thousand execs; 0 where none were run.</summary>
    public double PrivateAfterExecs { get; init; }
}

/// <summary>How quickly output is copied, in GB a second: by the clock, and for each second of the monitor's processor time.</summary>
internal sealed record CopyCost(double PerSecond, double PerProcessorSecond);
