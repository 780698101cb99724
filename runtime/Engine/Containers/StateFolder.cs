using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Specs;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Containers;

/// <summary>A container's folder under the state root: its document, the fifo that <c>start</c> writes to, and its lock.</summary>
/// <remarks>
/// The lock is flock(2) on the folder itself, so that it goes with whoever holds it and needs no file. The fifo is there
/// as long as the container is created and not started.
/// </remarks>
public sealed class StateFolder : IDisposable
{
    private const string Document = "state.json";
    private const string StartFifo = "exec.fifo";
    private const string RestoreRoot = "criu-root";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostBytes = 32 << 20;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly DirectoryHandle _root;
    private readonly DirectoryHandle _folder;
    private readonly ContainerId _id;

    private StateFolder(DirectoryHandle root, DirectoryHandle folder, ContainerId id)
    {
        _root = root;
        _folder = folder;
        _id = id;
    }

    /// <summary>Makes the folder of a new container, and locks it.</summary>
    /// <param name="root">The state root; closed with this object.</param>
    /// <param name="id">The container.</param>
    /// <exception cref="ContainerException">There is a container of that id.</exception>
    public static StateFolder Create(DirectoryHandle root, ContainerId id)
    {
        string name = id.ToString();
        if (!root.MakeDirectory(name, Private))
        {
            root.Dispose();
            throw new ContainerException($"create container \"{id}\": container with given ID already exists");
        }

        StateFolder folder = new(root, root.OpenDirectory(name), id);
        folder.Lock();
        if (folder.IsGone)
        {
            folder.Dispose();
            throw new ContainerException($"create container \"{id}\": it was deleted at the same time");
        }

        return folder;
    }

    /// <summary>Opens the folder of a container, without the lock; null when there is no such container.</summary>
    /// <param name="root">The state root; closed with this object.</param>
    /// <param name="id">The container.</param>
    public static StateFolder? TryOpen(DirectoryHandle root, ContainerId id)
    {
        if (root.TryOpenDirectory(id.ToString()) is { } folder)
        {
            return new StateFolder(root, folder, id);
        }

        root.Dispose();
        return null;
    }

    /// <summary>Whether it has been removed since it was opened.</summary>
    public bool IsGone => _folder.Status().Links == 0;

    /// <summary>Whether the container waits to be started: the fifo is there, and its process has it open.</summary>
    public bool IsWaitingForStart
    {
        get
        {
            try
            {
                using FileDescriptor? fifo = _folder.TryOpenFile(StartFifo, FileMode.WriteNonBlocking);
                return fifo is not null;
            }
            catch (LinuxException error) when (error.Error is Errno.ENXIO)
            {
                // A start was killed after it had released the process and before it had removed the fifo.
                return false;
            }
        }
    }

    /// <summary>Whether another command holds the lock.</summary>
    public bool IsLocked => !FileLock.TryTake(_folder, TimeSpan.Zero);

    /// <summary>Orders commands on one container: waits for whoever holds the lock, and holds it until the object is disposed.</summary>
    /// <exception cref="ContainerException">It is held for more than 30 seconds.</exception>
    public void Lock()
    {
        if (!FileLock.TryTake(_folder, LongestWait))
        {
            throw new ContainerException($"container \"{_id}\" is busy: another command has held its lock for {LongestWait.TotalSeconds} seconds");
        }
    }

    /// <summary>Reads the document; null when whoever made the folder was killed before it wrote one.</summary>
    /// <exception cref="ContainerException">The document is damaged.</exception>
    public ContainerRecord? TryRead()
    {
        using FileDescriptor? file = _folder.TryOpenFile(Document, FileMode.Read);
        if (file is null)
        {
            return null;
        }

        try
        {
            return ContainerRecord.FromJson(file.ReadToEnd(MostBytes));
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new ContainerException($"read {file.Path}: {error.Message}", error);
        }
    }

    /// <summary>Replaces the document.</summary>
    public void Write(ContainerRecord record) => AtomicFile.Replace(_folder, Document, record.ToJson().Span, PrivateFile);

    /// <summary>Makes the fifo and opens the end that the container's process waits at.</summary>
    /// <remarks>
    /// For writing as well: with a writer of its own a read waits until somebody else has written, and a start that is
    /// killed before it has written anything does not end it: fifo(7).
    /// </remarks>
    public FileDescriptor CreateStartFifo()
    {
        _folder.MakeNode(StartFifo, FileKind.Fifo, PrivateFile);
        return _folder.OpenFile(StartFifo, FileMode.ReadWrite);
    }

    /// <summary>Lets the process that waits at the fifo go on, and removes the fifo.</summary>
    /// <param name="untilExecuted">Whether to wait until it has become the program, or has ended.</param>
    /// <exception cref="LinuxException">ENXIO: nobody waits there.</exception>
    public void ReleaseStartFifo(bool untilExecuted)
    {
        using FileDescriptor fifo = _folder.OpenFile(StartFifo, FileMode.WriteNonBlocking);
        fifo.Write([0]);
        _folder.Remove(StartFifo);

        // The process keeps its end open up to execve, which closes it: then this end has no reader any more.
        while (untilExecuted && !Polling.WaitForInput(fifo, Timeout.InfiniteTimeSpan))
        {
        }
    }

    /// <summary>Makes an empty directory for a mount of the container's root, as a restore needs it.</summary>
    /// <returns>Its path: a descriptor would be of the mount namespace that it was opened in.</returns>
    public string CreateRestoreRoot()
    {
        _folder.MakeDirectory(RestoreRoot, Private);
        return _folder.PathOf(RestoreRoot);
    }

    /// <summary>Removes that directory.</summary>
    public void RemoveRestoreRoot() => _folder.RemoveDirectory(RestoreRoot);

    /// <summary>Removes the folder and all in it, the document last.</summary>
    public void Remove()
    {
        foreach (string name in _folder.Names())
        {
            if (name == RestoreRoot)
            {
                RemoveRestoreRoot();
            }
            else if (name != Document)
            {
                _folder.Remove(name);
            }
        }

        _folder.Remove(Document);
        _root.RemoveDirectory(_id.ToString());
    }

    /// <summary>Closes the descriptors, and lets the lock go.</summary>
    public void Dispose()
    {
        _folder.Dispose();
        _root.Dispose();
    }
}
