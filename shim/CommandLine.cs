using Bulkhead.Specs;

namespace Bulkhead.Shim;

/// <summary>How containerd calls a shim: <c>FLAGS [start|delete]</c>, with one dash or two, <c>-x v</c> or <c>-x=v</c>.</summary>
/// <remarks>containerd, core/runtime/v2/README.md, "Shim Authoring". The server itself is started as <c>FLAGS serve</c>.</remarks>
internal sealed record CommandLine
{
    /// <summary>The namespace of the container in containerd.</summary>
    public string Namespace { get; private set; } = "";

    /// <summary>The container's id.</summary>
    public string Id { get; private set; } = "";

    /// <summary>The address of containerd's gRPC service: which containerd it is that calls.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The bundle's folder; empty for the working directory.</summary>
    public string Bundle { get; private set; } = "";

    /// <summary>Where the server's socket is; of <c>serve</c> alone.</summary>
    public string Socket { get; private set; } = "";

    /// <summary>Whether more is logged.</summary>
    public bool IsDebug { get; private set; }

    /// <summary>Whether the version is asked for.</summary>
    public bool IsVersion { get; private set; }

    /// <summary>Whether it is asked how the shim is called.</summary>
    public bool IsHelp { get; private set; }

    /// <summary>Whether the shim is to describe itself.</summary>
    public bool IsInformation { get; private set; }

    /// <summary>What is to be done; empty when nothing was named.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Of a command for one container: which container that is has been said.</summary>
    /// <exception cref="UsageException">It has not.</exception>
    public CommandLine ForContainer() =>
        Namespace.Length == 0 ? throw new UsageException($"{Command} needs -namespace")
            : Id.Length == 0 ? throw new UsageException($"{Command} needs -id")
            : !ContainerId.TryParse(Namespace, out _) ? throw new UsageException($"-namespace \"{Namespace}\" is no name: only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")
            : !ContainerId.TryParse(Id, out _) ? throw new UsageException($"-id \"{Id}\" is no name: only letters, digits, \"_\", \"+\", \"-\" and \".\" are allowed")
            : this;

    /// <summary>Reads the arguments, without the program's name.</summary>
    /// <exception cref="UsageException">A flag is unknown or lacks its value, or something follows the command.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        CommandLine line = new();
        int next = 0;
        while (next < arguments.Length && arguments[next] is ['-', ..] argument)
        {
            next++;
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? argument : argument[..equals]).TrimStart('-');
            if (line.TrySwitch(name))
            {
                continue;
            }

            line.Set(name, equals >= 0 ? argument[(equals + 1)..] : next < arguments.Length ? arguments[next++] : null);
        }

        line.Command = next < arguments.Length ? arguments[next++] : "";
        return next == arguments.Length ? line : throw new UsageException($"\"{arguments[next]}\" stands after the command");
    }

    private bool TrySwitch(string name)
    {
        switch (name)
        {
            case "debug": return IsDebug = true;
            case "v" or "version": return IsVersion = true;
            case "h" or "help": return IsHelp = true;
            case "info": return IsInformation = true;
            default: return false;
        }
    }

    private void Set(string name, string? value)
    {
        if (name is not ("namespace" or "id" or "bundle" or "socket" or "address" or "publish-binary"))
        {
            throw new UsageException($"unknown flag -{name}");
        }

        if (value is null)
        {
            throw new UsageException($"-{name} needs a value");
        }

        switch (name)
        {
            case "namespace": Namespace = value; break;
            case "id": Id = value; break;
            case "bundle": Bundle = value; break;
            case "socket": Socket = value; break;
            case "address": Address = value; break;

            // Older shims published events by the binary that is named last; here they go to the address in the environment.
            default: break;
        }
    }
}
