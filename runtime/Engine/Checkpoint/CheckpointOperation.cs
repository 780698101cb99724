using System.Globalization;
using Bulkhead.Cgroups;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>Has CRIU write a container's processes to disk.</summary>
/// <remarks>
/// criu(8). runc can restore the images as well, if the standard streams were pipes or a terminal; it knows no other. With
/// cgroup v2 the container must have a cgroup namespace for that: without one runc shows all of the hierarchy, where this
/// runtime binds the container's own part, which runc has no source for.
/// </remarks>
internal static class CheckpointOperation
{
    private const string LogFile = "dump.log";

    /// <summary>Does it. CRIU stops the processes meanwhile and, unless they are to go on, ends them.</summary>
    /// <exception cref="ContainerException">CRIU failed; the processes go on as before.</exception>
    internal static void Run(Container container, ContainerRecord record, CheckpointOptions options)
    {
        Check(options);
        using FileDescriptor? status = options.StatusDescriptor is { } number ? TakeStatus(number) : null;
        using CriuFolders folders = CriuFolders.Make(options.Criu, LogFile);
        CheckParent(options, folders);
        using ICgroup cgroup = container.OpenCgroup();
        CriuRequest request = new(options.PreDump ? CriuMessageType.SinglePreDump : CriuMessageType.Dump);
        folders.Tell(request, options.Criu, container.Rootfs);
        request.SetDump(options, record.Pid, Freezer(cgroup));
        CriuConfiguration.Tell(request, container.Spec);
        NameNamespaces(request, container.Spec, record.Pid);
        if (!options.PreDump)
        {
            using DirectoryHandle root = DirectoryHandle.OpenPath(string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Pid}/root"));
            new ExternalMounts(container.Spec, record.Bundle, cgroup).NameForDump(request, new RootedLookup(root));
            NameStreams(request, record, folders);
        }

        Dump(request, folders, status);
    }

    private static void Dump(CriuRequest request, CriuFolders folders, FileDescriptor? status)
    {
        using CriuSession criu = CriuSession.Start();
        try
        {
            criu.Ask(request, (response, passed) =>
            {
                passed?.Dispose();
                if (response.Notification == "status-ready" && status is not null)
                {
                    status.Write([0]);
                    status.Dispose();
                }
            });
        }
        catch (ContainerException error)
        {
            throw folders.Explain(error);
        }
    }

    private static void Check(CheckpointOptions options)
    {
        if (!options.PreDump && !options.Criu.LazyPages)
        {
            return;
        }

        CriuResponse features = CriuSession.CheckFeatures();
        if (options.PreDump && !features.TracksMemory)
        {
            throw new ContainerException("--pre-dump: criu or the kernel can't track changes of memory (CONFIG_MEM_SOFT_DIRTY)");
        }

        if (options.Criu.LazyPages && !features.HasLazyPages)
        {
            throw new ContainerException("--lazy-pages: criu or the kernel has no lazy pages (userfaultfd)");
        }
    }

    private static FileDescriptor TakeStatus(int number)
    {
        if (!DescriptorTable.IsOpen(number))
        {
            throw new ContainerException($"--status-fd {number}: it is not open");
        }

        FileDescriptor file = new(number, $"descriptor {number}");
        file.SetInheritable(false);
        return file;
    }

    private static void CheckParent(CheckpointOptions options, CriuFolders folders)
    {
        if (options.ParentPath is not { } parent)
        {
            return;
        }

        if (parent.StartsWith('/'))
        {
            throw new ContainerException($"--parent-path {parent}: must be relative to the folder of the images");
        }

        try
        {
            folders.Images.OpenDirectory(parent).Dispose();
        }
        catch (LinuxException error)
        {
            throw new ContainerException($"--parent-path {parent}: {error.Message}", error);
        }
    }

    /// <summary>The directory by which CRIU stops the processes all at once.</summary>
    private static string? Freezer(ICgroup cgroup) =>
        cgroup.Paths.TryGetValue("freezer", out string? freezer) ? freezer
        : cgroup.Version == CgroupVersion.V2 ? cgroup.Paths.GetValueOrDefault("")
        : null;

    /// <summary>A network or PID namespace that the container has joined is somebody else's, who has it at the restore again.</summary>
    private static void NameNamespaces(CriuRequest request, Spec spec, int pid)
    {
        foreach (LinuxNamespace joined in spec.Linux?.Namespaces ?? [])
        {
            if (joined.Path is { Length: > 0 } && CriuConfiguration.ExternalNamespace(CreatePlanner.Kind(joined.Type)) is var (file, key) && key.Length != 0)
            {
                using FileDescriptor place = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{file}"), FileMode.Read);
                request.AddExternal(string.Create(CultureInfo.InvariantCulture, $"{file}[{place.Status().Inode}]:{key}"));
            }
        }
    }

    private static void NameStreams(CriuRequest request, ContainerRecord record, CriuFolders folders)
    {
        using ProcFile proc = ProcFile.OpenHost();
        string[] streams = ExternalStreams.Find([.. record.Streams], record.Pid, proc);
        foreach (string stream in streams)
        {
            if (stream.StartsWith("file[", StringComparison.Ordinal))
            {
                request.AddExternal(stream);
            }
        }

        ExternalStreams.Save(streams, folders.Images);
    }
}
