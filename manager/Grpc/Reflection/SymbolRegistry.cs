using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>Files of protobuf by their names, by what they declare, and by what they extend.</summary>
internal sealed class SymbolRegistry
{
    private readonly Dictionary<string, FileDescriptor> _files = [];
    private readonly Dictionary<string, FileDescriptor> _symbols = [];
    private readonly Dictionary<(string Message, int Number), FileDescriptor> _extensions = [];

    /// <summary>Of the files of services, and all that these import.</summary>
    public SymbolRegistry(IEnumerable<ServiceDescriptor> services)
    {
        foreach (ServiceDescriptor service in services)
        {
            Add(service.File);
        }
    }

    public FileDescriptor? FileOf(string name) => _files.GetValueOrDefault(name);

    public FileDescriptor? FileOfSymbol(string symbol) => _symbols.GetValueOrDefault(symbol);

    public FileDescriptor? FileOfExtension(string message, int number) => _extensions.GetValueOrDefault((message, number));

    /// <summary>The numbers of a message's extensions; null if there is no such message.</summary>
    public List<int>? ExtensionsOf(string message) => _symbols.GetValueOrDefault(message) is not { } file || !IsMessage(file, message) ? null
        : [.. _extensions.Keys.Where(extension => extension.Message == message).Select(extension => extension.Number)];

    /// <summary>A file, then all that it imports, each once.</summary>
    public static List<FileDescriptor> WithImports(FileDescriptor file)
    {
        List<FileDescriptor> files = [file];
        for (int i = 0; i < files.Count; i++)
        {
            files.AddRange(files[i].Dependencies.Where(dependency => !files.Contains(dependency)));
        }

        return files;
    }

    private static bool IsMessage(FileDescriptor file, string name) => AllMessages(file.MessageTypes).Any(message => message.FullName == name);

    private static IEnumerable<MessageDescriptor> AllMessages(IEnumerable<MessageDescriptor> messages) =>
        messages.SelectMany(message => AllMessages(message.NestedTypes).Prepend(message));

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (FileDescriptor dependency in file.Dependencies)
        {
            Add(dependency);
        }

        Declare(file, file.Services);
        Declare(file, file.Services.SelectMany(service => service.Methods));
        DeclareEnums(file, file.EnumTypes);
        DeclareExtensions(file, file.Extensions);
        foreach (MessageDescriptor message in AllMessages(file.MessageTypes))
        {
            Declare(file, [message]);
            Declare(file, message.Fields.InDeclarationOrder());
            Declare(file, message.Oneofs);
            DeclareEnums(file, message.EnumTypes);
            DeclareExtensions(file, message.Extensions);
        }
    }

    private void Declare(FileDescriptor file, IEnumerable<IDescriptor> descriptors)
    {
        foreach (IDescriptor descriptor in descriptors)
        {
            _symbols[descriptor.FullName] = file;
        }
    }

    private void DeclareEnums(FileDescriptor file, IEnumerable<EnumDescriptor> enums)
    {
        foreach (EnumDescriptor type in enums)
        {
            Declare(file, [type]);
            Declare(file, type.Values);
        }
    }

    private void DeclareExtensions(FileDescriptor file, ExtensionCollection extensions)
    {
        foreach (FieldDescriptor extension in extensions.UnorderedExtensions)
        {
            Declare(file, [extension]);
            _extensions[(extension.ExtendeeType.FullName, extension.FieldNumber)] = file;
        }
    }
}
