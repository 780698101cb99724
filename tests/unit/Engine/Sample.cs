using Bulkhead.Specs.Runtime;

namespace Bulkhead.Tests.Unit.Engine;

/// <summary>The smallest document that a container can be made of.</summary>
internal static class Sample
{
    internal static Process Process => new() { Args = ["sh"], Cwd = "/", User = new User { Uid = 0, Gid = 0 } };

    internal static Spec Spec => new()
    {
        OciVersion = "1.3.0",
        Root = new Root { Path = "rootfs" },
        Process = Process,
        Linux = new LinuxSection { Namespaces = [New(LinuxNamespaceType.Mount)] },
    };

    internal static LinuxNamespace New(LinuxNamespaceType type, string? path = null) => new() { Type = type, Path = path };

    /// <summary>The document with another Linux section, which gets a new mount namespace unless it has namespaces.</summary>
    internal static Spec With(LinuxSection linux) => Spec with { Linux = linux.Namespaces is null ? linux with { Namespaces = [New(LinuxNamespaceType.Mount)] } : linux };
}
