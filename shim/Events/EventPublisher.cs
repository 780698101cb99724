using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using Bulkhead.Proto.Containerd.Events;
using Bulkhead.Shim.Bootstrap;
using Bulkhead.Shim.Loop;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Events;

/// <summary>Tells containerd what happens to tasks, in the order in which it happened.</summary>
/// <remarks>
/// An event that can't be delivered is tried again with growing pauses while containerd is away, and holds those behind it
/// back. When more wait than memory is to be given to, the oldest go: what they say is also in the exit records.
/// </remarks>
internal sealed class EventPublisher(EventLoop loop, string containerNamespace, string? address, ShimLog log)
{
    private const int MostWaiting = 4096;
    private const string NamespaceKey = "containerd-namespace-ttrpc";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Queue<Envelope> _waiting = new();
    private TtrpcClient? _client;
    private Task _sending = Task.CompletedTask;

    /// <summary>Ends when all that was published is delivered.</summary>
    public Task Delivered => _sending;

    /// <summary>Publishes an event.</summary>
    /// <param name="topic">Its topic, such as <c>/tasks/exit</c>.</param>
    /// <param name="type">The message's full name, such as <c>containerd.events.TaskExit</c>.</param>
    /// <param name="message">The event.</param>
    public void Publish(string topic, string type, IMessage message)
    {
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        if (_waiting.Count == MostWaiting)
        {
            _waiting.Dequeue();
        }

        _waiting.Enqueue(new Envelope
        {
            Timestamp = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
            Namespace = containerNamespace,
            Topic = topic,
            Event = new Any { TypeUrl = type, Value = message.ToByteString() },
        });
        if (_sending.IsCompleted)
        {
            _sending = SendAllAsync();
        }
    }

    private async Task SendAllAsync()
    {
        TimeSpan pause = FirstPause;
        while (_waiting.TryPeek(out Envelope? next))
        {
            if (await TrySendAsync(next))
            {
                pause = FirstPause;
                if (_waiting.TryPeek(out Envelope? first) && ReferenceEquals(first, next))
                {
                    _waiting.Dequeue();
                }
            }
            else
            {
                await Task.Delay(pause, loop.Time);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task<bool> TrySendAsync(Envelope envelope)
    {
        try
        {
            _client ??= Connect();
            ForwardRequest request = new() { Envelope = envelope };
            await new EventsClient(_client).ForwardAsync(request, new TtrpcCallOptions { Timeout = Limit, Metadata = [new() { Key = NamespaceKey, Value = containerNamespace }] });
            return true;
        }
        catch (Exception error) when (error is TtrpcException or LinuxException)
        {
            log.Write("warning", $"publish {envelope.Topic}: {error.Message}");
            _client?.Dispose();
            _client = null;
            return false;
        }
    }

    private TtrpcClient Connect()
    {
        FileDescriptor socket = UnixSocket.Connect(ShimSocket.PathOf(address!));
        socket.SetNonBlocking();
        return new TtrpcClient(new LoopStream(loop, socket), loop.Time);
    }
}
