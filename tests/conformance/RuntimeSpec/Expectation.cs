using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Conformance.RuntimeSpec;

/// <summary>A line of <c>expectations.txt</c>.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Result"><c>pass</c>, <c>fail</c>, <c>either</c>, or <c>needs</c> and what the machine must have for it to pass.</param>
/// <param name="Reason">Why not simply <c>pass</c>.</param>
internal sealed record Expectation(string Program, string Result, string Reason)
{
    private const int SysResource = 24;

    /// <summary>Whether it passes on this machine; null when that is a matter of timing.</summary>
    public bool? Passes => Result.Split(' ') switch
    {
        ["pass"] => true,
        ["fail"] => false,
        ["either"] => null,
        ["needs", .. var facts] => facts.All(IsHere),
        _ => throw new FormatException($"expectations.txt: {Program}: \"{Result}\" is not pass, fail, either or needs"),
    };

    /// <summary>Reads the list: <c>program | result | reason</c>, a line each; # begins a comment.</summary>
    public static Expectation[] Read() =>
        File.ReadAllLines(Path.Combine(Repository.Root, "tests/conformance/expectations.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', 3, StringSplitOptions.TrimEntries))
            .Select(columns => new Expectation(columns[0], columns[1], columns.Length > 2 ? columns[2] : "")).ToArray();

    private static bool IsHere(string fact) => fact switch
    {
        "CAP_SYS_RESOURCE" => (Convert.ToUInt64(HostProcess.Self.Status("CapEff"), 16) & (1UL << SysResource)) != 0,
        _ when fact.StartsWith("v1:", StringComparison.Ordinal) => HasVersion1(fact[3..]),
        _ => throw new FormatException($"expectations.txt: nobody knows how to look for \"{fact}\""),
    };

    private static bool HasVersion1(string controller) =>
        MountEntry.Read("self").Any(mount => mount.Type == "cgroup" && mount.SuperOptions.Contains(controller));
}
