using System.Globalization;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Linux.Processes;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Security;
using Bulkhead.Runtime.Validation;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Create;

/// <summary>Decides what a process of the container will be, from the document.</summary>
internal static class ProcessPlanner
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const uint DefaultMask = 0b000_010_010;
    private const uint AnyMask = 0b111_111_111;

    /// <summary>Makes the plan.</summary>
    /// <param name="process">The process; checked by <see cref="SpecCheck"/>.</param>
    /// <param name="linux">What the container's document has for all its processes; null for nothing.</param>
    /// <param name="seccomp">The compiled filter of system calls.</param>
    /// <param name="limits">What capabilities can be had.</param>
    /// <param name="keyRing">The name of a new session keyring; null to stay in the caller's.</param>
    /// <param name="preserveDescriptors">How many descriptors, from 3 on, stay open.</param>
    /// <param name="log">Gets what is left out.</param>
    /// <exception cref="ContainerException">The document asks for what there isn't.</exception>
    public static ProcessPlan Plan(
        Process process,
        LinuxSection? linux,
        SeccompProgram? seccomp,
        in CapabilityLimits limits,
        string? keyRing,
        int preserveDescriptors,
        EngineLog log)
    {
        List<string> environment = Unique(process.Env ?? []);
        int preserve = preserveDescriptors + SocketActivation.PassOn(environment);
        for (int descriptor = 3; descriptor < 3 + preserve; descriptor++)
        {
            if (!DescriptorTable.IsOpen(descriptor))
            {
                throw new ContainerException($"preserve-fds: descriptor {descriptor} is not open");
            }
        }

        return new ProcessPlan
        {
            Program = process.Args![0],
            Arguments = new NativeStrings(process.Args),
            Environment = [.. environment],
            SearchPath = Find(environment, "PATH=") ?? DefaultPath,
            WantsHome = Find(environment, "HOME=") is null,
            WorkingDirectory = process.Cwd,
            User = process.User.Uid,
            Group = process.User.Gid,
            Groups = process.User.AdditionalGids ?? [],
            IsOfMachineRoot = ProcessIdentity.EffectiveUser == 0 && Namespaces.IsFirstUser(),
            FileModeMask = (process.User.Umask ?? DefaultMask) & AnyMask,
            Capabilities = Capabilities(process, limits, log),
            Limits = Limits(process.Rlimits ?? []),
            NoNewPrivileges = process.NoNewPrivileges ?? false,
            OomScoreAdjustment = process.OomScoreAdj,
            Scheduler = SchedulingPlanner.Plan(process.Scheduler),
            IoPriority = SchedulingPlanner.Plan(process.IoPriority),
            Processors = SchedulingPlanner.Plan(process.ExecCpuAffinity),
            MemoryPolicy = SchedulingPlanner.Plan(linux?.MemoryPolicy),
            Personality = SchedulingPlanner.Plan(linux?.Personality),
            AppArmorProfile = process.ApparmorProfile is { Length: > 0 } profile ? AppArmor.Require(profile) : null,
            SelinuxLabel = SelinuxLabel.Require(process.SelinuxLabel, "process.selinuxLabel"),
            Seccomp = seccomp,
            Terminal = process.Terminal ?? false,
            TerminalSize = process.ConsoleSize is { Height: > 0, Width: > 0 } size ? new WindowSize(Bounded(size.Height), Bounded(size.Width)) : null,
            PreserveDescriptors = preserve,
            KeyRing = keyRing,
        };
    }

    private static ushort Bounded(uint characters) => (ushort)Math.Min(characters, ushort.MaxValue);

    private static CapabilityPlan Capabilities(Process process, in CapabilityLimits limits, EngineLog log)
    {
        CapabilityPlan plan = CapabilityPlan.From(process.Capabilities, limits);
        if (plan.Unavailable != CapabilitySet.None)
        {
            log.Warning?.Invoke($"capabilities that this kernel or the runtime itself does not have are left out: {plan.Unavailable}");
        }

        if (plan.AmbientLeftOut != CapabilitySet.None)
        {
            log.Debug?.Invoke($"ambient capabilities that are not permitted and inheritable too are left out: {plan.AmbientLeftOut}");
        }

        return plan;
    }

    private static ResourceLimit[] Limits(PosixRlimit[] limits)
    {
        ResourceLimit[] plan = new ResourceLimit[limits.Length];
        for (int i = 0; i < limits.Length; i++)
        {
            if (!ResourceLimits.TryParse(limits[i].Type, out LimitedResource resource))
            {
                throw new ContainerException($"process.rlimits[{i}].type: unknown limit \"{limits[i].Type}\"");
            }

            if (limits[i].Soft > limits[i].Hard)
            {
                throw new ContainerException(string.Create(CultureInfo.InvariantCulture, $"process.rlimits[{i}].soft: {limits[i].Soft} is above the hard limit, {limits[i].Hard}"));
            }

            for (int j = 0; j < i; j++)
            {
                if (plan[j].Resource == resource)
                {
                    throw new ContainerException($"process.rlimits[{i}].type: \"{limits[i].Type}\" appears twice");
                }
            }

            plan[i] = new ResourceLimit(resource, limits[i].Soft, limits[i].Hard);
        }

        return plan;
    }

    /// <summary>The environment with one entry for each name: the last, as a shell would have it.</summary>
    private static List<string> Unique(string[] environment)
    {
        List<string> unique = new(environment.Length + 1);
        Dictionary<string, int> places = new(environment.Length, StringComparer.Ordinal);
        foreach (string variable in environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? variable : variable[..equals];
            if (places.TryGetValue(name, out int place))
            {
                unique[place] = variable;
            }
            else
            {
                places.Add(name, unique.Count);
                unique.Add(variable);
            }
        }

        return unique;
    }

    private static string? Find(List<string> environment, string start)
    {
        foreach (string variable in environment)
        {
            if (variable.StartsWith(start, StringComparison.Ordinal) && variable.Length > start.Length)
            {
                return variable[start.Length..];
            }
        }

        return null;
    }
}
