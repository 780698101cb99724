using System.IO.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>What holds for the services of a server.</summary>
public sealed class GrpcServiceOptions
{
    internal const int DefaultReceiveMaxMessageSize = 4 << 20;

    /// <summary>The longest message that is taken, in bytes, after decompression; null: any. 4 MiB unless set.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultReceiveMaxMessageSize;

    /// <summary>The longest message that is sent, in bytes, before compression; null: any. Null unless set.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Whether a client is told the message of an exception that a service did not expect.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary><c>gzip</c>: responses are compressed for the clients that take it; null: none are. Others are refused.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How well responses are compressed.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    internal CompressionLevel? Gzip => ResponseCompressionAlgorithm switch
    {
        null => null,
        MessageEncoding.Gzip => ResponseCompressionLevel ?? CompressionLevel.Fastest,
        var other => throw new InvalidOperationException($"ResponseCompressionAlgorithm: \"{other}\" is not known, only \"gzip\""),
    };
}
