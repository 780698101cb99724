namespace Bulkhead.Cgroups;

/// <summary>A cgroup that can't be what was asked for, where no single system call failed.</summary>
/// <param name="message">One line: what was asked for, by its path in the document where it stands in one, and why it can't be.</param>
/// <param name="cause">The failed system call behind it, when there is one; its text is part of the message already.</param>
public sealed class CgroupException(string message, Exception? cause = null) : Exception(message, cause);
