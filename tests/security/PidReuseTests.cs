using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>The number of a container's dead process is another process's by now.</summary>
[TestFixture]
internal sealed class PidReuseTests
{
    // Processes are told apart by their numbers and the clock tick of their start: the other's is a later one.
    // In a PID namespace of its own the next number can be chosen, and a mistake hits nobody. The shell is the reaper there.
    private const string Script = """
        run() { "$RUNTIME" --root "$ROOT" "$@"; }
        run create --bundle "$BUNDLE" --pid-file "$ROOT.pid" "$ID" >/dev/null 2>&1 || exit 3
        pid=$(cat "$ROOT.pid")
        started=$(cut -d ' ' -f 22 /proc/$pid/stat)
        kill -KILL $pid
        while [ -d /proc/$pid ]; do /bin/true; done
        while [ "$(cut -d ' ' -f 22 /proc/self/stat)" = "$started" ]; do /bin/true; done
        tries=0
        while [ $tries -lt 20 ]; do
            echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
            sleep 50 & victim=$!
            [ $victim = $pid ] && break
            kill $victim; wait $victim 2>/dev/null
            tries=$((tries + 1))
        done
        [ $victim = $pid ] || { echo "number not reused"; exit 4; }
        run state "$ID" | grep '"status"'
        run kill "$ID" KILL
        run kill --all "$ID" KILL
        run exec "$ID" true
        run pause "$ID"
        run ps "$ID"
        run start "$ID"
        run delete --force "$ID"
        kill -0 $victim && echo "the other lives"
        kill $victim
        """;

    [Test, CancelAfter(60_000)]
    public void A_process_that_has_the_dead_ones_number_is_left_alone()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "50"));
        string script = container.Folder.Write("script", Script);

        Result result = Attack.Shell(
            $"RUNTIME={Repository.RuntimeBinary} ROOT={container.Runtime.Root} BUNDLE={container.Bundle.Path} ID={container.Id} unshare --pid --fork --mount-proc sh {script}");

        Assert.That(result.Output, Does.Contain("the other lives"), result.ToString());
        Assert.That(result.Output, Does.Contain("stopped"), result.ToString());
    }
}
