using System.Net.WebSockets;
using System.Text;

namespace Bulkhead.Tests.DropIn.Cri;

/// <summary>What an exec said whose streams the kubelet passes on, as WebSockets carry them.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Status">How it ended: a Status object of Kubernetes's, as JSON.</param>
/// <remarks>k8s.io/apimachinery, pkg/util/remotecommand: each message begins with the number of its stream.</remarks>
internal sealed record StreamedExec(string Output, string Error, string Status)
{
    private const string Protocol = "v4.channel.k8s.io";
    private const byte Stdin = 0;
    private const byte Stdout = 1;
    private const byte Stderr = 2;
    private const byte StatusStream = 3;

    /// <summary>Begins the exec, types, and reads to the end.</summary>
    /// <param name="url">What the service has answered to the call of Exec.</param>
    /// <param name="typed">What is typed.</param>
    public static StreamedExec Run(string url, string typed) => RunAsync(new UriBuilder(url) { Scheme = "ws" }.Uri, typed).GetAwaiter().GetResult();

    private static async Task<StreamedExec> RunAsync(Uri url, string typed)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(Protocol);
        await socket.ConnectAsync(url, limit.Token).ConfigureAwait(false);
        await socket.SendAsync((byte[])[Stdin, .. Encoding.UTF8.GetBytes(typed)], WebSocketMessageType.Binary, endOfMessage: true, limit.Token).ConfigureAwait(false);

        var streams = new Dictionary<byte, MemoryStream> { [Stdout] = new(), [Stderr] = new(), [StatusStream] = new() };
        byte[] buffer = new byte[64 << 10];
        int length = 0;
        while (true)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), limit.Token).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                break;
            }

            length += part.Count;
            if (part.EndOfMessage && length > 0)
            {
                streams[buffer[0]].Write(buffer, 1, length - 1);
                length = 0;
            }
        }

        return new StreamedExec(Text(streams[Stdout]), Text(streams[Stderr]), Text(streams[StatusStream]));
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
