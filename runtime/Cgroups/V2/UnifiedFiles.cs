namespace Bulkhead.Cgroups.V2;

/// <summary>Writes the cgroup v2 files that the document names itself.</summary>
/// <remarks>runtime-spec, config-linux.md, "Unified": keys are file names, values are written as they are.</remarks>
internal static class UnifiedFiles
{
    internal static void Apply(UnifiedDirectory directory, IReadOnlyDictionary<string, string> files)
    {
        foreach ((string file, string value) in files)
        {
            string property = $"linux.resources.unified[\"{file}\"]";
            int dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot <= 0 || file.Contains('/', StringComparison.Ordinal) || file.Contains('\0', StringComparison.Ordinal))
            {
                throw new CgroupException($"{property}: a key is the name of a file, such as memory.high");
            }

            string controller = file[..dot];
            CgroupDirectory cgroup = (controller == "cgroup" ? directory.Cgroup : directory.WithController(controller))
                ?? throw new CgroupException($"{property}: there is no controller {controller} in cgroup v2 here");

            // Files such as io.max take a line for a device, each with a write of its own.
            foreach (string line in value.Split('\n'))
            {
                if (line.Length > 0 || value.Length == 0)
                {
                    cgroup.Write(property, file, line);
                }
            }
        }
    }
}
