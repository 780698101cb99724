using Bulkhead.Linux.Files;
using Bulkhead.Shim;
using Bulkhead.Shim.Commands;

// The one place where everything that went wrong ends: containerd reads both outputs together, and shows what they say.
try
{
    StandardStreams.OpenMissing();
    CommandLine line = CommandLine.Parse(args);
    return line switch
    {
        { IsHelp: true } => InformationCommand.PrintUsage(),
        { IsVersion: true } => InformationCommand.PrintVersion(),
        { IsInformation: true } => InformationCommand.Print(),
        { Command: "start" } => StartCommand.Run(line.ForContainer()),
        { Command: "delete" } => DeleteCommand.Run(line.ForContainer()),
        { Command: "serve" } => ServeCommand.Run(line),
        { Command: "" } => throw new UsageException(InformationCommand.Usage),
        _ => throw new UsageException($"unknown command \"{line.Command}\""),
    };
}
catch (Exception error)
{
    using FileDescriptor standardError = new(2, "stderr", owned: false);
    standardError.Write($"{error.Message}\n");
    return 1;
}
