using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace Grpc.Reflection;

/// <summary>Answers what generic clients ask about the mapped services, in either version of the protocol.</summary>
/// <remarks>Descriptors take memory, so none is built before the first question.</remarks>
internal sealed class ReflectionService(MappedServices services)
{
    private readonly Lazy<SymbolRegistry> _symbols = new(() => new SymbolRegistry(services.ByName.Values.Select(service => service.Descriptor).OfType<ServiceDescriptor>()));

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        ServerReflectionResponse response = new() { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { services.ByName.Keys.Select(name => new ServiceResponse { Name = name }) } };
                return response;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                return File(response, _symbols.Value.FileOf(request.FileByFilename), $"file \"{request.FileByFilename}\"");
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                return File(response, _symbols.Value.FileOfSymbol(request.FileContainingSymbol), $"symbol \"{request.FileContainingSymbol}\"");
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                ExtensionRequest extension = request.FileContainingExtension;
                return File(response, _symbols.Value.FileOfExtension(extension.ContainingType, extension.ExtensionNumber),
                    $"extension {extension.ExtensionNumber} of \"{extension.ContainingType}\"");
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                string type = request.AllExtensionNumbersOfType;
                if (_symbols.Value.ExtensionsOf(type) is not { } numbers)
                {
                    return Error(response, StatusCode.NotFound, $"message \"{type}\": not known");
                }

                response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type, ExtensionNumber = { numbers } };
                return response;
            default:
                return Error(response, StatusCode.InvalidArgument, "the request asks for nothing that is known");
        }
    }

    private static ServerReflectionResponse File(ServerReflectionResponse response, FileDescriptor? file, string subject)
    {
        if (file is null)
        {
            return Error(response, StatusCode.NotFound, $"{subject}: not known");
        }

        response.FileDescriptorResponse = new FileDescriptorResponse
        {
            FileDescriptorProto = { SymbolRegistry.WithImports(file).Select(each => each.SerializedData) },
        };
        return response;
    }

    private static ServerReflectionResponse Error(ServerReflectionResponse response, StatusCode code, string message)
    {
        response.ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message };
        return response;
    }
}
