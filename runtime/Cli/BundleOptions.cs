using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli;

/// <summary>The options that <c>create</c> and <c>run</c> share, while they are read.</summary>
internal struct BundleOptions
{
    private const int MostDescriptors = 1 << 20;

    private string? _bundle;
    private string? _pidFile;
    private string? _consoleSocket;
    private string? _pidFdSocket;
    private bool _noPivot;
    private bool _noNewKeyring;
    private int _preserveDescriptors;

    /// <summary>Reads the present option if it is one of these.</summary>
    internal bool TryTake(ref ArgumentReader reader)
    {
        if (reader.Is("bundle", 'b')) { _bundle = reader.ReadText(); }
        else if (reader.Is("pid-file")) { _pidFile = reader.ReadText(); }
        else if (reader.Is("console-socket")) { _consoleSocket = reader.ReadText(); }
        else if (reader.Is("pidfd-socket")) { _pidFdSocket = reader.ReadText(); }
        else if (reader.Is("no-pivot")) { _noPivot = reader.ReadSwitch(); }
        else if (reader.Is("no-new-keyring")) { _noNewKeyring = reader.ReadSwitch(); }
        else if (reader.Is("preserve-fds")) { _preserveDescriptors = (int)(reader.ReadNumber(0, MostDescriptors) ?? 0); }
        else { return false; }

        return true;
    }

    /// <summary>What was read, for a container that is named by its id or by its bundle.</summary>
    /// <exception cref="UsageException">The bundle was given twice.</exception>
    internal readonly CreateOptions ToCreateOptions(string operand)
    {
        ContainerReference container = ContainerReference.Parse(operand);
        if (container.Bundle is not null && _bundle is not null)
        {
            throw new UsageException(
                $"invalid container id \"{operand}\": an id can't contain a slash, and as the path of a bundle it is a second one beside --bundle {_bundle}");
        }

        return new CreateOptions
        {
            Id = container.Id,
            Bundle = container.Bundle ?? HostPath.NameDirectory(_bundle ?? "."),
            PidFile = HostPath.MakeAbsolute(_pidFile),
            ConsoleSocket = HostPath.MakeAbsolute(_consoleSocket),
            PidFdSocket = HostPath.MakeAbsolute(_pidFdSocket),
            NoPivot = _noPivot,
            NoNewKeyring = _noNewKeyring,
            PreserveDescriptors = _preserveDescriptors,
        };
    }
}
