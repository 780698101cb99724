using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Containers;

/// <summary>The containers under one state root.</summary>
/// <param name="root">The state root's path; made when the first container is.</param>
/// <param name="log">Where warnings and timings go; null for nowhere.</param>
/// <param name="isRootless">
/// Whether a container without limits goes without the cgroups that the caller may not make; absent: if the caller is a user
/// without privileges, or root of a user namespace only.
/// </param>
public sealed class ContainerStore(string root, EngineLog? log = null, bool? isRootless = null)
{
    private const UnixFileMode RootPermissions = (UnixFileMode)0b111_001_001;

    // The sticky bit keeps a user's folder from those who clear out what lies long in it: XDG Base Directory Specification.
    private const UnixFileMode RootPermissionsOfUser = (UnixFileMode)0b1_111_000_000;

    private readonly EngineLog _log = log ?? new EngineLog();

    private CreateOperation Creation => new(this, isRootless, _log);

    /// <summary>Makes a container whose init process waits for <see cref="Container.Start"/>.</summary>
    /// <exception cref="ContainerException">It can't be made; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public void Create(CreateOptions options) => Explain($"create container \"{options.Id}\"", () => Creation.Create(options));

    /// <summary>Makes a container, starts it and, unless it is to be detached, stays until its end and deletes it.</summary>
    /// <returns>The exit code of its init process; 0 when detached.</returns>
    /// <exception cref="ContainerException">It can't be made or started; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public int Run(RunOptions options) => Explain($"run container \"{options.Create.Id}\"", () => Creation.Run(options));

    /// <summary>Makes a container out of a checkpoint and, unless it is to be detached, stays until its end and deletes it.</summary>
    /// <returns>The exit code of its init process; 0 when detached.</returns>
    /// <exception cref="ContainerException">It can't be restored; nothing is left of it.</exception>
    /// <exception cref="SpecException">The bundle's document is not valid.</exception>
    public int Restore(RestoreOptions options) => Explain($"restore container \"{options.Create.Id}\"", () => Creation.Restore(options));

    /// <summary>Finds a container.</summary>
    /// <exception cref="ContainerException">There is none of that id.</exception>
    public Container Open(ContainerId id) =>
        TryOpen(id) ?? throw new ContainerException($"container \"{id}\" does not exist");

    /// <summary>Finds a container; null when there is none of that id.</summary>
    /// <exception cref="ContainerException">Its state document is damaged.</exception>
    public Container? TryOpen(ContainerId id)
    {
        if (TryOpenFolder(id) is not { } folder)
        {
            return null;
        }

        using (folder)
        {
            return folder.TryRead() is { } record ? new Container(this, record, _log) : null;
        }
    }

    /// <summary>All containers, in the order of their ids.</summary>
    /// <exception cref="LinuxException">The state root can't be read.</exception>
    public IReadOnlyList<Container> List()
    {
        List<Container> containers = [];
        using DirectoryHandle? directory = TryOpenRoot();
        List<string> names = directory?.Names() ?? [];
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (ContainerId.TryParse(name, out ContainerId id) && TryOpenUndamaged(id) is { } container)
            {
                containers.Add(container);
            }
        }

        return containers;
    }

    /// <summary>Removes a container whatever its state, and what a create that was killed has left. There need not be anything.</summary>
    /// <exception cref="ContainerException">It could not be removed.</exception>
    public void DeleteByForce(ContainerId id)
    {
        Container? container;
        while ((container = TryOpenUndamaged(id)) is null)
        {
            if (TryRemoveRemains(id))
            {
                return;
            }
        }

        container.Delete(force: true);
    }

    /// <summary>Removes a state folder without a document, or with a damaged one; to find nothing is as good.</summary>
    /// <returns>False when there is a document by now: who held the lock was a create.</returns>
    private bool TryRemoveRemains(ContainerId id)
    {
        using StateFolder? folder = TryOpenFolder(id);
        folder?.Lock();
        if (folder is null or { IsGone: true })
        {
            return true;
        }

        if (TryOpenUndamaged(id) is not null)
        {
            return false;
        }

        folder.Remove();
        return true;
    }

    /// <summary>As <see cref="TryOpen"/>, but a damaged document is as good as none, and warned of.</summary>
    private Container? TryOpenUndamaged(ContainerId id)
    {
        try
        {
            return TryOpen(id);
        }
        catch (ContainerException error) when (error.InnerException is System.Text.Json.JsonException)
        {
            _log.Warning?.Invoke(error.Message);
            return null;
        }
    }

    internal StateFolder? TryOpenFolder(ContainerId id) => TryOpenRoot() is { } directory ? StateFolder.TryOpen(directory, id) : null;

    internal SeccompProgram? ProvideSeccomp(LinuxSeccomp? profile)
    {
        using DirectoryHandle directory = DirectoryHandle.Open(root);
        return SeccompSetup.Provide(profile, directory, _log);
    }

    /// <summary>Makes the state root, unless it is there.</summary>
    /// <param name="isUser">Whether it is that of a user without privileges.</param>
    internal DirectoryHandle MakeRoot(bool isUser) => HostDirectories.Make(root, isUser ? RootPermissionsOfUser : RootPermissions);

    private DirectoryHandle? TryOpenRoot()
    {
        try
        {
            return DirectoryHandle.Open(root);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>Says with every failure which operation on which container it ended.</summary>
    internal static T Explain<T>(string operation, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception error) when (error is LinuxException or SpecException or CgroupException or IOException)
        {
            throw new ContainerException($"{operation}: {error.Message}", error);
        }
        catch (ContainerException error) when (!error.Message.StartsWith(operation, StringComparison.Ordinal))
        {
            throw new ContainerException($"{operation}: {error.Message}", error);
        }
    }
}
