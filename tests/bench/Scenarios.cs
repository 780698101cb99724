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

    /// <summary><c>run</c> of a program that does nothing; the floor too.</summary>
    public Dictionary<string, List<Sample>> Run()
    {
        var subjects = runtimes.ToDictionary(runtime => runtime.Name, runtime => (Func<Sample>)(() => workspace.Measure(RunOf(runtime))));
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

    /// <summary>What our own runtime says of its phases with <c>--debug</c>: <c>phase NAME 1.234 ms</c>.</summary>
    public Dictionary<string, List<double>> Phases()
    {
        var phases = new Dictionary<string, List<double>>();
        for (int round = -WarmUp; round < FewerRounds; round++)
        {
            foreach (Match phase in Phase().Matches(workspace.Measure(RunOf(runtimes[0], "--debug")).Captured))
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

    private string[] RunOf(OciRuntime runtime, params string[] options) =>
        [runtime.Binary, "--root", Root(runtime), .. options, "run", "--bundle", workspace.True.Path, workspace.Id];

    private Sample Life(OciRuntime runtime, Dictionary<string, List<Sample>> samples)
    {
        string pidFile = workspace.FilePath("pid");
        Step("create", "--bundle", workspace.Waiting.Path, "--pid-file", pidFile, workspace.Id);
        var init = new HostProcess(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        Step("start", workspace.Id);
        Sample last = Step("exec", workspace.Id, "/bin/true");
        Step("kill", workspace.Id, "KILL");

        // Not part of any command: delete of a container that is still ending would measure its waiting.
        Wait.Until(() => !init.IsAlive, $"{runtime.Name}'s container to end");
        Step("delete", workspace.Id);
        return last;

        Sample Step(string command, params string[] arguments)
        {
            Sample sample = workspace.Measure([runtime.Binary, "--root", Root(runtime), command, .. arguments]);
            Add(samples, command, sample);
            return sample;
        }
    }
}
