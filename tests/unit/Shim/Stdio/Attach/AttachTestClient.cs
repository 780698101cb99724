using System.Buffers.Binary;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Sockets;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio.Attach;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Attach;

/// <summary>A client of the attach socket, which writes frames as docs/attach.md has them.</summary>
internal sealed class AttachTestClient : IDisposable
{
    private readonly LoopStream _stream;

    private AttachTestClient(LoopStream stream) => _stream = stream;

    public static AttachTestClient Connect(EventLoop loop, string path)
    {
        UnixSocket socket = UnixSocket.Connect(path);
        socket.SetNonBlocking();
        return new AttachTestClient(new LoopStream(loop, socket));
    }

    /// <summary>Connects and says what it wants; the answer is still to be read.</summary>
    public static async Task<AttachTestClient> HelloAsync(EventLoop loop, string path, string wants, bool fromStart = false)
    {
        AttachTestClient client = Connect(loop, path);
        int streams = (wants.Contains('i', StringComparison.Ordinal) ? 1 : 0) | (wants.Contains('o', StringComparison.Ordinal) ? 2 : 0) | (wants.Contains('e', StringComparison.Ordinal) ? 4 : 0);
        await client.SendAsync(AttachFrameKind.Hello, [1, (byte)streams, (byte)(fromStart ? 1 : 0)]);
        return client;
    }

    /// <summary>Connects and is accepted.</summary>
    public static async Task<AttachTestClient> AttachAsync(EventLoop loop, string path, string wants, bool fromStart = false)
    {
        AttachTestClient client = await HelloAsync(loop, path, wants, fromStart);
        (AttachFrameKind kind, byte[] text) = await client.ReadAsync();
        return kind is AttachFrameKind.Accepted ? client : throw new InvalidOperationException($"{kind}: {Encoding.UTF8.GetString(text)}");
    }

    public async Task SendAsync(AttachFrameKind kind, byte[] content)
    {
        byte[] frame = new byte[8 + content.Length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)content.Length);
        content.CopyTo(frame, 8);
        await RawAsync(frame);
    }

    public async Task RawAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    /// <summary>The next frame; kind 255 is the end of the connection.</summary>
    public async Task<(AttachFrameKind Kind, byte[] Content)> ReadAsync()
    {
        byte[] header = new byte[8];
        if (!await FillAsync(header))
        {
            return ((AttachFrameKind)255, []);
        }

        byte[] content = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4))];
        return await FillAsync(content) ? ((AttachFrameKind)header[0], content) : ((AttachFrameKind)255, []);
    }

    /// <summary>All frames up to the end of the connection, as text: kind and content.</summary>
    public async Task<List<string>> FramesAsync()
    {
        List<string> frames = [];
        while (await ReadAsync() is { Kind: < (AttachFrameKind)255 } frame)
        {
            frames.Add($"{frame.Kind} {Encoding.UTF8.GetString(frame.Content)}".TrimEnd(' '));
        }

        return frames;
    }

    /// <summary>What comes of a stream, until it ends or there is so much, and the kind of the last frame.</summary>
    public async Task<(byte[] Output, AttachFrameKind Last, string Text)> OutputAsync(AttachFrameKind stream = AttachFrameKind.Stdout, long most = long.MaxValue)
    {
        using MemoryStream output = new();
        while (output.Length < most)
        {
            (AttachFrameKind kind, byte[] content) = await ReadAsync();
            if (kind == stream)
            {
                output.Write(content);
            }
            else if (kind is not (AttachFrameKind.Stdout or AttachFrameKind.Stderr or AttachFrameKind.StreamEnd))
            {
                return (output.ToArray(), kind, Encoding.UTF8.GetString(content));
            }
        }

        return (output.ToArray(), stream, "");
    }

    public void Dispose() => _stream.Dispose();

    private async Task<bool> FillAsync(byte[] buffer)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            int count;
            try
            {
                count = await _stream.ReadAsync(buffer.AsMemory(filled));
            }
            catch (LinuxException error) when (error.Error is Errno.ECONNRESET)
            {
                // The server has closed without reading all that was sent.
                return false;
            }

            if (count == 0)
            {
                return false;
            }

            filled += count;
        }

        return true;
    }
}
