using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class UnixListenerTests
{
    [Test]
    public void Only_its_owner_may_connect_to_it()
    {
        using TestFolder folder = new();
        string path = $"{folder.Root}/s";
        using UnixListener listener = UnixListener.Listen(path);

        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Connections_come_one_by_one_and_nothing_waits()
    {
        using TestFolder folder = new();
        string path = $"{folder.Root}/s";
        using UnixListener listener = UnixListener.Listen(path);
        Assert.That(listener.TryAccept(), Is.Null);

        using UnixSocket client = UnixSocket.Connect(path);
        using FileDescriptor? server = listener.TryAccept();
        client.Send("hello"u8);
        byte[] received = new byte[16];
        int count = server!.TryRead(received);

        Assert.That(received[..count], Is.EqualTo("hello"u8.ToArray()));
        Assert.That(server.TryRead(received), Is.EqualTo(-1));
        Assert.That(listener.TryAccept(), Is.Null);
    }

    [Test]
    public void A_path_that_is_taken_is_refused()
    {
        using TestFolder folder = new();
        string path = $"{folder.Root}/s";
        using UnixListener listener = UnixListener.Listen(path);

        Assert.That(() => UnixListener.Listen(path), Throws.TypeOf<LinuxException>().With.Message.EqualTo($"bind {path}: Address already in use (EADDRINUSE)"));
    }
}
