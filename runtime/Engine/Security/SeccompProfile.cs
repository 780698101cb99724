using Bulkhead.Linux.Seccomp;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>A system call filter of a container's configuration, checked against the specification and the kernel.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Seccomp".</remarks>
public sealed class SeccompProfile
{
    private const string Path = "linux.seccomp";

    private SeccompProfile(LinuxSeccomp document, SeccompHost host, SeccompLoadFlags flags)
    {
        Document = document;
        Host = host;
        Flags = flags;
    }

    /// <summary>The unix socket of the agent that gets the listener; null when no rule asks it.</summary>
    public string? ListenerPath => HasListener ? Document.ListenerPath : null;

    /// <summary>Text for the agent.</summary>
    public string? ListenerMetadata => Document.ListenerMetadata;

    /// <summary>Whether loading the filter gives a descriptor for the agent.</summary>
    public bool HasListener => (Flags & SeccompLoadFlags.NewListener) != 0;

    internal LinuxSeccomp Document { get; }

    internal SeccompHost Host { get; }

    internal SeccompLoadFlags Flags { get; }

    /// <summary>Checks a profile.</summary>
    /// <exception cref="SpecException">
    /// A value is out of range, the kernel doesn't know an action or a flag, or NOTIFY is used in a way that can't work.
    /// </exception>
    public static SeccompProfile From(LinuxSeccomp document) => From(document, SeccompHost.Read());

    internal static SeccompProfile From(LinuxSeccomp document, SeccompHost host)
    {
        CheckAction(document.DefaultAction, document.DefaultErrnoRet, host, $"{Path}.defaultAction", $"{Path}.defaultErrnoRet");
        if (document.DefaultAction == LinuxSeccompAction.Notify)
        {
            // The process could not even tell its parent the number of the listener's descriptor.
            throw new SpecException($"{Path}.defaultAction", "SCMP_ACT_NOTIFY cannot be the default action");
        }

        bool notifies = false;
        LinuxSyscall[] rules = document.Syscalls ?? [];
        for (int index = 0; index < rules.Length; index++)
        {
            CheckRule(rules[index], host, $"{Path}.syscalls[{index}]");
            notifies |= rules[index].Action == LinuxSeccompAction.Notify;
        }

        CheckListener(document, notifies);
        return new SeccompProfile(document, host, CheckFlags(document.Flags, notifies, host));
    }

    /// <summary>What a filter returns for an action.</summary>
    internal static uint CodeOf(LinuxSeccompAction action, uint? errno)
    {
        const uint operationNotPermitted = 1;
        return action switch
        {
            LinuxSeccompAction.Kill or LinuxSeccompAction.KillThread => SeccompAction.KillThread,
            LinuxSeccompAction.KillProcess => SeccompAction.KillProcess,
            LinuxSeccompAction.Trap => SeccompAction.Trap,
            LinuxSeccompAction.Errno => SeccompAction.Errno | (errno ?? operationNotPermitted),
            LinuxSeccompAction.Trace => SeccompAction.Trace | (errno ?? operationNotPermitted),
            LinuxSeccompAction.Allow => SeccompAction.Allow,
            LinuxSeccompAction.Log => SeccompAction.Log,
            _ => SeccompAction.Notify,
        };
    }

    private static void CheckAction(LinuxSeccompAction action, uint? errno, SeccompHost host, string actionPath, string errnoPath)
    {
        (bool known, string name) = action switch
        {
            LinuxSeccompAction.KillProcess => (host.HasKillProcess, "SCMP_ACT_KILL_PROCESS"),
            LinuxSeccompAction.Log => (host.HasLog, "SCMP_ACT_LOG"),
            LinuxSeccompAction.Notify => (host.HasNotify, "SCMP_ACT_NOTIFY"),
            _ => (true, ""),
        };
        if (!known)
        {
            throw new SpecException(actionPath, $"the kernel does not support {name}");
        }

        if (errno is not { } number)
        {
            return;
        }

        // The specification: "When the action doesn't support an errno, the runtime MUST print an error and fail."
        if (action is not (LinuxSeccompAction.Errno or LinuxSeccompAction.Trace))
        {
            throw new SpecException(errnoPath, "the action returns no errno");
        }

        if (number > ushort.MaxValue)
        {
            throw new SpecException(errnoPath, $"{number} is above {ushort.MaxValue}");
        }
    }

    private static void CheckRule(LinuxSyscall rule, SeccompHost host, string path)
    {
        CheckAction(rule.Action, rule.ErrnoRet, host, $"{path}.action", $"{path}.errnoRet");
        if (rule.Names.Length == 0)
        {
            throw new SpecException($"{path}.names", "at least one name is needed");
        }

        for (int index = 0; index < rule.Names.Length; index++)
        {
            string? cause = rule.Names[index] switch
            {
                "" => "an empty string is no system call",
                // The listener's descriptor is reported with this call; it would wait for an agent that waits for it.
                "write" when rule.Action == LinuxSeccompAction.Notify => "SCMP_ACT_NOTIFY cannot be used for write",
                _ => null,
            };
            if (cause is not null)
            {
                throw new SpecException($"{path}.names[{index}]", cause);
            }
        }

        for (int index = 0; index < rule.Args?.Length; index++)
        {
            if (rule.Args[index].Index >= SeccompCondition.MostArguments)
            {
                throw new SpecException($"{path}.args[{index}].index", $"{rule.Args[index].Index} is above 5, the last argument");
            }
        }
    }

    private static void CheckListener(LinuxSeccomp document, bool notifies)
    {
        if (notifies && string.IsNullOrEmpty(document.ListenerPath))
        {
            throw new SpecException($"{Path}.listenerPath", "not set, and a rule uses SCMP_ACT_NOTIFY");
        }

        if (string.IsNullOrEmpty(document.ListenerPath) && !string.IsNullOrEmpty(document.ListenerMetadata))
        {
            throw new SpecException($"{Path}.listenerMetadata", "set without a listenerPath");
        }
    }

    private static SeccompLoadFlags CheckFlags(LinuxSeccompFlag[]? flags, bool notifies, SeccompHost host)
    {
        SeccompLoadFlags result = notifies ? SeccompLoadFlags.NewListener : SeccompLoadFlags.None;
        if (flags is null)
        {
            // As runc since 1.1: a filter alone is no reason to slow the container down with the mitigation.
            return result | (host.Flags & SeccompLoadFlags.SpeculationAllowed);
        }

        for (int index = 0; index < flags.Length; index++)
        {
            (SeccompLoadFlags flag, string name) = flags[index] switch
            {
                LinuxSeccompFlag.Log => (SeccompLoadFlags.Log, "SECCOMP_FILTER_FLAG_LOG"),
                LinuxSeccompFlag.SpecAllow => (SeccompLoadFlags.SpeculationAllowed, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
                LinuxSeccompFlag.WaitKillableRecv => (SeccompLoadFlags.WaitKillable, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
                // Without effect: the process that loads the filter has one thread.
                _ => (SeccompLoadFlags.None, ""),
            };
            if ((host.Flags & flag) != flag)
            {
                throw new SpecException($"{Path}.flags[{index}]", $"the kernel does not support {name}");
            }

            if (flag == SeccompLoadFlags.WaitKillable && !notifies)
            {
                throw new SpecException($"{Path}.flags[{index}]", $"{name} needs a rule with SCMP_ACT_NOTIFY");
            }

            result |= flag;
        }

        return result;
    }
}
