using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>The privileged programs that give a user namespace those ids that the administrator has granted its maker.</summary>
/// <remarks>newuidmap(1) and newgidmap(1); subuid(5) and subgid(5) hold what is granted.</remarks>
internal static class MappingTool
{
    private const int MostOutputBytes = 1 << 16;

    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(30);

    /// <summary>Has a map of a process's user namespace written.</summary>
    /// <param name="program">The program's name, to be found in <c>PATH</c>.</param>
    /// <param name="property">The map's path in the document, for messages.</param>
    /// <param name="pid">The process, a child of this one that has not been waited for.</param>
    /// <param name="mappings">The map.</param>
    /// <exception cref="ContainerException">There is no such program, or it refused; its own words are passed on.</exception>
    public static void Run(string program, string property, int pid, ReadOnlySpan<LinuxIdMapping> mappings)
    {
        List<string> arguments = [program, Text((uint)pid)];
        foreach (LinuxIdMapping mapping in mappings)
        {
            arguments.AddRange([Text(mapping.ContainerId), Text(mapping.HostId), Text(mapping.Size)]);
        }

        (FileDescriptor output, FileDescriptor input) = Pipe.Create($"the output of {program}");
        using FileDescriptor reading = output;
        Spawned tool;
        using (input)
        {
            tool = Start(new SpawnPlan { Program = program, Arguments = [.. arguments], Environment = [], Output = input, Error = input }, property);
        }

        string said = Encoding.UTF8.GetString(reading.ReadToEnd(MostOutputBytes)).Trim().ReplaceLineEndings("; ");
        WaitStatus status = tool.Wait(LongestRun);
        if (!status.IsSuccess)
        {
            // What it says begins with its own name.
            throw new ContainerException(said.Length == 0 ? $"{property}: {program}: {status}" : $"{property}: {said}");
        }
    }

    private static Spawned Start(SpawnPlan plan, string property)
    {
        try
        {
            return PathSearch.Start(plan);
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"{property}: a user may map the own id alone without {plan.Program} (package uidmap), which is not in PATH: {LinuxException.Describe(error.Error)}", error);
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
