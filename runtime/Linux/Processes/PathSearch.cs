using System.Collections;

namespace Bulkhead.Linux.Processes;

/// <summary>Programs of the host that are known by their names alone.</summary>
[ChildSafe]
public static class PathSearch
{
    /// <summary>Starts a program that is looked for in PATH, as execvp(3) does.</summary>
    /// <param name="plan">The program by its name.</param>
    /// <exception cref="LinuxException">As execve(2); ENOENT when no folder in PATH has it.</exception>
    public static Spawned Start(SpawnPlan plan)
    {
        LinuxException failure = new("execve", plan.Program, Errno.ENOENT);
        string path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        foreach (string directory in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                return Spawn.Start(plan with { Program = $"{directory}/{plan.Program}" });
            }
            catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ENOTDIR)
            {
                // The next one, if any.
            }
            catch (LinuxException error) when (error.Error is Errno.EACCES)
            {
                failure = error;
            }
        }

        throw failure;
    }

    /// <summary>The caller's own environment, each entry <c>NAME=value</c>.</summary>
    public static string[] OwnEnvironment()
    {
        List<string> variables = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{variable.Key}={variable.Value}");
        }

        return [.. variables];
    }
}
