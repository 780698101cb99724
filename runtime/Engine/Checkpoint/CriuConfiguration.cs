using Bulkhead.Linux.Namespaces;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Checkpoint;

/// <summary>What a dump and a restore have to say in the same way, and as runc says it, whose images can be restored here.</summary>
internal static class CriuConfiguration
{
    // The file that containers' users know; CRIU passes over one that is not there.
    private const string DefaultFile = "/etc/criu/runc.conf";
    private const string FileAnnotation = "org.criu.config";

    /// <summary>Names the file with further settings: that of the container's annotation, none if that is empty, or the usual one.</summary>
    internal static void Tell(CriuRequest request, Spec spec)
    {
        string file = spec.Annotations?.GetValueOrDefault(FileAnnotation) ?? DefaultFile;
        if (file.Length != 0)
        {
            request.SetConfigurationFile(file);
        }
    }

    /// <summary>The file in procfs, and the key, of a namespace that CRIU takes as it finds it; both empty for others.</summary>
    internal static (string File, string Key) ExternalNamespace(NamespaceKinds kind) => kind switch
    {
        NamespaceKinds.Network => ("net", "extRootNetNS"),
        NamespaceKinds.Pid => ("pid", "extRootPidNS"),
        _ => ("", ""),
    };
}
