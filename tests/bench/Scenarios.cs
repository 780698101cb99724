using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Bulkhead.Tests.Support;

namespace Bulkhead.Bench;

/// <summary>What is measured. In each round every subject has its turn once, in random order, after some rounds that do not count.</summary>
internal sealed partial class Scenarios(Workspace workspace, OciRuntime[] runtimes, int rounds)
{
    private const int WarmUp = 5;

    /// <summary>The rounds of what is measured beside the main thing.</summary>
    public int FewerRounds => Math.Max(1, rounds / 4);

    /// <summary>The containers that are there at once, when many are made.</summary>
    public const int Many = 200;

    /// <summary>The containers that are run side by side.</summary>
    public const int SideBySide = 50;

    /// <summary><c>run</c> of a program that does nothing; the floor too.</summary>
    /// <param name="bundle">The bundle; the floor knows nothing of what it has beyond the default.</param>
    public Dictionary<string, List<Sample>> Run(TestBundle bundle)
    {
        var subjects = runtimes.ToDictionary(runtime => runtime.Name, runtime => (Func<Sample>)(() => workspace.Measure(RunOf(runtime, bundle))));
        subjects["C floor"] = () => workspace.Measure(workspace.Floor, workspace.True.Rootfs, workspace.Id, "/bin/true");
        return Interleave(subjects, rounds);
    }

    /// <summary><c>create</c>, <c>start</c>, <c>exec</c> and <c>delete</c> of a container, by runtime and command.</summary>
    public Dictionary<string, Dictionary<string, List<Sample>>> Life()
    {
        var samples = runtimes.ToDictionary(runtime => runtime.Name, _ => new Dictionary<string, List<Sample>>());
        Interleave(runtimes.ToDictionary(runtime => runtime.Name, runtime => (Func<Sample>)(() => Life(runtime, samples[runtime.Name]))), FewerRounds);
        foreach (List<Sample> command in samples.Values.SelectMany(commands => commands.Values))
        {
            command.RemoveRange(0, WarmUp);
        }

        return samples;
    }

    /// <summary>What <c>create</c> takes in milliseconds, container after container, while all that were made are still there.</summary>
    public Dictionary<string, List<double>> OneByOne() => runtimes.ToDictionary(runtime => runtime.Name, runtime =>
    {
        string[] ids = [.. Enumerable.Range(0, Many).Select(number => $"{workspace.Id}-{number}")];
        List<double> times = [.. ids.Select(id => workspace.Measure(Command(runtime, "create", "--bundle", workspace.Waiting.Path, id)).Milliseconds)];
        foreach (string id in ids)
        {
            workspace.Measure(Command(runtime, "delete", "--force", id));
        }

        return times;
    });

    /// <summary>What it takes in milliseconds until containers that are all run at once have ended.</summary>
    public Dictionary<string, double> AllAtOnce() => runtimes.ToDictionary(runtime => runtime.Name, runtime =>
    {
        var clock = Stopwatch.StartNew();
        Process[] running = [.. Enumerable.Range(0, SideBySide).Select(number => Shell.Start(["sh", "-c", "exec \"$@\" 2>/dev/null", "sh", .. Command(runtime, "run", "--bundle", workspace.True.Path, $"{workspace.Id}-{number}")]))];
        foreach (Process process in running)
        {
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{runtime.Name}: one of {SideBySide} containers ended with {process.ExitCode}");
            }

            process.Dispose();
        }

        return clock.Elapsed.TotalMilliseconds;
    });

    /// <summary>What our own runtime says of its phases with <c>--debug</c>: <c>phase NAME 1.234 ms</c>.</summary>
    public Dictionary<string, List<double>> Phases()
    {
        var phases = new Dictionary<string, List<double>>();
        for (int round = -WarmUp; round < FewerRounds; round++)
        {
            foreach (Match phase in Phase().Matches(workspace.Measure(RunOf(runtimes[0], workspace.True, "--debug")).Captured))
            {
                if (round >= 0)
                {
                    Add(phases, phase.Groups[1].Value, double.Parse(phase.Groups[2].Value, CultureInfo.InvariantCulture));
                }
            }
        }

        return phases;
    }

    private static Dictionary<string, List<Sample>> Interleave(Dictionary<string, Func<Sample>> subjects, int rounds)
    {
        var samples = new Dictionary<string, List<Sample>>();
        KeyValuePair<string, Func<Sample>>[] order = [.. subjects];
        for (int round = -WarmUp; round < rounds; round++)
        {
            Random.Shared.Shuffle(order);
            foreach ((string name, Func<Sample> subject) in order)
            {
                Sample sample = subject();
                if (round >= 0)
                {
                    Add(samples, name, sample);
                }
            }
        }

        return subjects.Keys.ToDictionary(name => name, name => samples[name]);
    }

    private static void Add<T>(Dictionary<string, List<T>> lists, string name, T value)
    {
        if (!lists.TryGetValue(name, out List<T>? list))
        {
            lists[name] = list = [];
        }

        list.Add(value);
    }

    [GeneratedRegex(@"phase (\S+) ([0-9.]+) ms")]
    private static partial Regex Phase();

    private string Root(OciRuntime runtime) => Path.Combine(workspace.States, Path.GetFileName(runtime.Binary));

    private string[] RunOf(OciRuntime runtime, TestBundle bundle, params string[] options) =>
        Command(runtime, [.. options, "run", "--bundle", bundle.Path, workspace.Id]);

    private string[] Command(OciRuntime runtime, params string[] arguments) => [runtime.Binary, "--root", Root(runtime), .. arguments];

    private Sample Life(OciRuntime runtime, Dictionary<string, List<Sample>> samples)
    {
        string pidFile = workspace.FilePath("pid");
        double create = Step("create", "--bundle", workspace.Waiting.Path, "--pid-file", pidFile, workspace.Id).Milliseconds;
        var init = new HostProcess(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        double start = Step("start", workspace.Id).Milliseconds;
        Sample last = Step("exec", workspace.Id, "/bin/true");
        Step("kill", workspace.Id, "KILL");

        // Not part of any command: delete of a container that is still ending would measure its waiting.
        Wait.Until(() => !init.IsAlive, $"{runtime.Name}'s container to end");
        double delete = Step("delete", workspace.Id).Milliseconds;
        Add(samples, "create, start and delete", last with { Milliseconds = create + start + delete });
        return last;

        Sample Step(string command, params string[] arguments)
        {
            Sample sample = workspace.Measure(Command(runtime, [command, .. arguments]));
            Add(samples, command, sample);
            return sample;
        }
    }
}
