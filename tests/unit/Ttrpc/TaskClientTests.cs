using System.Reflection;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Proto.Ttrpc;
using Bulkhead.Ttrpc;
using Bulkhead.Ttrpc.Containerd;
using Google.Protobuf;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>The typed clients, and that the messages are containerd's.</summary>
[TestFixture]
internal sealed class TaskClientTests
{
    [TestCase(TaskClient.Version2), TestCase(TaskClient.Version3)]
    [CancelAfter(10_000)]
    public async Task Each_method_has_its_name_on_the_wire(string version)
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.Pair();
        using TtrpcClient client = new(near, new ManualTime());
        TaskClient tasks = new(client, version);
        RawPeer server = new(far);
        MethodInfo[] methods = [.. typeof(TaskClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)];

        foreach (MethodInfo method in methods)
        {
            object request = Activator.CreateInstance(method.GetParameters()[0].ParameterType)!;
            Task call = (Task)method.Invoke(tasks, [request, default(TtrpcCallOptions), CancellationToken.None])!;
            Frame frame = (await server.ReadAsync())!;
            Request sent = Request.Parser.ParseFrom(frame.Body);
            await server.SendAsync(RawPeer.Of(frame.StreamId, 2, 0, new Response()));
            await call;

            Assert.That((sent.Service, sent.Method + "Async"), Is.EqualTo((version, method.Name)));
        }

        Assert.That(methods, Has.Length.EqualTo(17));
    }

    [Test]
    public void Messages_have_containerds_numbers()
    {
        // containerd: runtime/v2/task/shim.proto: 1 id, 2 bundle, 3 pid, 4 status, 5 to 7 stdio, 8 terminal.
        byte[] state = [0x0a, 1, (byte)'c', 0x12, 2, (byte)'/', (byte)'b', 0x18, 0x2a, 0x20, 2, 0x2a, 1, (byte)'i', 0x32, 1, (byte)'o', 0x3a, 1, (byte)'e', 0x40, 1];

        StateResponse response = StateResponse.Parser.ParseFrom(state);

        Assert.That((response.Id, response.Bundle, response.Pid, (int)response.Status), Is.EqualTo(("c", "/b", 42u, 2)));
        Assert.That((response.Stdin, response.Stdout, response.Stderr, response.Terminal), Is.EqualTo(("i", "o", "e", true)));
        Assert.That(response.ToByteArray(), Is.EqualTo(state));
    }
}
