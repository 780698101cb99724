using Bulkhead.Linux;
using Bulkhead.Shim.Stdio;
using Bulkhead.Specs;
using Bulkhead.Ttrpc;
using Google.Protobuf;

namespace Bulkhead.Shim.Tasks;

/// <summary>Which code a caller gets for what went wrong.</summary>
internal static class CallErrors
{
    /// <summary>The answer to an error; null for what is an answer already, or is answered as unknown.</summary>
    public static TtrpcException? Translate(Exception error) => error switch
    {
        LinuxException { Error: Errno.ENOENT } => new TtrpcException(TtrpcCode.NotFound, error.Message),
        LinuxException { Error: Errno.EACCES or Errno.EPERM } => new TtrpcException(TtrpcCode.PermissionDenied, error.Message),
        StdioException or SpecException or FormatException or InvalidProtocolBufferException => new TtrpcException(TtrpcCode.InvalidArgument, error.Message),
        _ => null,
    };
}
