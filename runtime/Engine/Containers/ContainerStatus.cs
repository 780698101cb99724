namespace Bulkhead.Runtime.Containers;

/// <summary>Where a container is in its life.</summary>
/// <remarks>runtime-spec, runtime.md, "State"; paused is what runc adds.</remarks>
public enum ContainerStatus
{
    /// <summary>It is being made, or what made it was killed half-way.</summary>
    Creating,

    /// <summary>Its init process waits to become the user's program.</summary>
    Created,

    /// <summary>The user's program runs.</summary>
    Running,

    /// <summary>The user's program is frozen.</summary>
    Paused,

    /// <summary>Its init process has ended.</summary>
    Stopped,
}

/// <summary>What may be done in which status.</summary>
public static class ContainerStatusRules
{
    /// <summary>The word that the state document has for a status.</summary>
    public static string Word(this ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };

    /// <summary>Whether an operation may be done: the table of transitions.</summary>
    public static bool Allows(this ContainerStatus status, ContainerOperation operation) => operation switch
    {
        ContainerOperation.Start => status is ContainerStatus.Created,
        ContainerOperation.Signal => status is ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused,
        ContainerOperation.Exec => status is ContainerStatus.Created or ContainerStatus.Running,
        ContainerOperation.Pause => status is ContainerStatus.Created or ContainerStatus.Running,
        ContainerOperation.Resume => status is ContainerStatus.Paused,
        ContainerOperation.Checkpoint => status is ContainerStatus.Running or ContainerStatus.Paused,
        ContainerOperation.Update => status is ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused,
        ContainerOperation.Delete => status is ContainerStatus.Stopped or ContainerStatus.Created,
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}

/// <summary>What can be done to a container that exists.</summary>
public enum ContainerOperation
{
    /// <summary>Lets the user's program begin.</summary>
    Start,

    /// <summary>Sends a signal.</summary>
    Signal,

    /// <summary>Runs a further process.</summary>
    Exec,

    /// <summary>Freezes the processes.</summary>
    Pause,

    /// <summary>Thaws the processes.</summary>
    Resume,

    /// <summary>Writes the processes to disk.</summary>
    Checkpoint,

    /// <summary>Changes limits.</summary>
    Update,

    /// <summary>Removes what is left of it.</summary>
    Delete,
}
