using System.Collections.Concurrent;
using Bulkhead.Proto.Containerd.Tasks;
using Bulkhead.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Ttrpc;

/// <summary>Everything goes on in the context it was begun in: the shim is one thread.</summary>
[TestFixture]
internal sealed class OneThreadTests
{
    [Test, CancelAfter(20_000)]
    public void All_goes_on_in_the_one_thread_of_a_context()
    {
        HashSet<int> threads = [];
        Loop.Run(async () =>
        {
            using Served served = new();
            served.Server.Add("one", new TtrpcService().Add("Thread", StateRequest.Parser, async (request, call) =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                await served.Release.Task.WaitAsync(call.Cancellation);
                threads.Add(Environment.CurrentManagedThreadId);
                return new StateResponse { Id = request.Id };
            }));
            using TtrpcClient client = served.Client();

            Task<StateResponse>[] calls =
                [.. Enumerable.Range(0, 20).Select(i => client.CallAsync("one", "Thread", Served.Request($"{i}"), StateResponse.Parser, new TtrpcCallOptions(TimeSpan.FromSeconds(i + 1))))];
            await Served.CallAsync(client, "Echo", "a");
            served.Time.Advance(TimeSpan.FromSeconds(10));
            served.Release.SetResult();
            foreach (Task<StateResponse> call in calls)
            {
                await ((Task)call).ContinueWith(_ => threads.Add(Environment.CurrentManagedThreadId), TaskScheduler.FromCurrentSynchronizationContext());
            }

            Assert.That(calls.Count(call => call.IsFaulted), Is.EqualTo(10));
            using TtrpcClientStream<StateResponse> stream = client.OpenStream(Served.Service, "Both", StateResponse.Parser);
            await stream.SendAsync(Served.Request("a"));
            Assert.That((await stream.ReadAsync())!.Id, Is.EqualTo("a"));
            client.Dispose();
            await served.Serving;
            threads.Add(Environment.CurrentManagedThreadId);
        });

        Assert.That(threads, Is.EqualTo(new[] { Environment.CurrentManagedThreadId }));
    }

    [Test, CancelAfter(20_000)]
    public void A_peer_that_always_has_something_leaves_others_their_turn()
    {
        int turns = 0;
        Loop.Run(async () =>
        {
            using Served served = new();
            DuplexStream noisy = served.Connect(int.MaxValue);
            for (uint i = 0; i < 1000; i++)
            {
                await noisy.WriteAsync(RawPeer.Request("Echo", "a", streamId: (2 * i) + 1));
            }

            noisy.CloseWriting();
            while (!served.Serving.IsCompleted)
            {
                turns++;
                await Task.Yield();
            }
        });

        Assert.That(turns, Is.GreaterThan(20));
    }

    // A context that runs what is posted to it in the thread that called Run, until the work has ended.
    private sealed class Loop : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public static void Run(Func<Task> work)
        {
            SynchronizationContext? before = Current;
            Loop loop = new();
            SetSynchronizationContext(loop);
            try
            {
                Task task = work();
                task.ContinueWith(_ => loop._posted.CompleteAdding(), TaskScheduler.FromCurrentSynchronizationContext());
                foreach ((SendOrPostCallback callback, object? state) in loop._posted.GetConsumingEnumerable())
                {
                    callback(state);
                }

                task.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (!_posted.IsAddingCompleted)
            {
                _posted.Add((d, state));
            }
        }
    }
}
