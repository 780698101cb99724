using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.DropIn.Podman;

/// <summary>Pods: containers that join the namespaces of another, the infra container.</summary>
internal sealed class PodTests
{
    [Test, CancelAfter(30_000)]
    public void Containers_of_a_pod_share_namespaces()
    {
        using PodmanHost podman = WithPod("--share", "ipc,net,uts,pid");
        string first = Start(podman, "first");
        string second = Start(podman, "second");

        HostProcess one = podman.Init(first), other = podman.Init(second);

        foreach (string shared in (string[])["ipc", "net", "uts", "pid"])
        {
            Assert.That(one.Namespace(shared), Is.EqualTo(other.Namespace(shared)).And.Not.EqualTo(HostProcess.Self.Namespace(shared)), shared);
        }

        Assert.That(one.Namespace("mnt"), Is.Not.EqualTo(other.Namespace("mnt")));
    }

    [Test, CancelAfter(60_000)]
    public void A_pod_is_paused_stopped_started_and_removed_as_one()
    {
        using PodmanHost podman = WithPod();
        string id = Start(podman, "member");

        podman.Run("pod", "pause", "pod").MustSucceed();
        string paused = podman.Inspect(id, ".State.Status");
        podman.Run("pod", "unpause", "pod").MustSucceed();
        podman.Run("pod", "stop", "--time", "0", "pod").MustSucceed();
        string stopped = podman.Inspect(id, ".State.Status");
        podman.Run("pod", "start", "pod").MustSucceed();
        string started = podman.Inspect(id, ".State.Status");
        podman.Run("pod", "rm", "--force", "--time", "0", "pod").MustSucceed();

        Assert.That((string[])[paused, stopped, started], Is.EqualTo((string[])["paused", "exited", "running"]));
        Assert.That(podman.Run("ps", "--all", "--quiet").Output, Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void A_killed_member_of_a_shared_pid_namespace_takes_its_children_with_it()
    {
        using PodmanHost podman = WithPod("--share", "pid");
        string id = podman.Run("run", "--detach", "--pod", "pod", "localhost/box", "sh", "-c", "sleep 1000 & echo up; wait").MustSucceed().Output;
        podman.WaitForLog(id, "up");
        int child = podman.Init(id).Children.Single();

        podman.Run("kill", id).MustSucceed();
        podman.Run("rm", "--force", "--time", "0", id).MustSucceed();

        Wait.Until(() => !new HostProcess(child).IsAlive, "the child to end");
    }

    [Test, CancelAfter(60_000)]
    public void A_pod_is_played_from_a_document()
    {
        using var podman = new PodmanHost();
        podman.ImportImage();
        string document = podman.Folder.Write("pod.yaml", $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: played
            spec:
              hostNetwork: true
              restartPolicy: Never
              containers:
              - name: one
                image: localhost/box
                imagePullPolicy: Never
                command: ["/bin/sh", "-c", "echo played; exec /bin/sleep 60"]
                resources:
                  limits:
                    memory: 64Mi
            """);

        podman.Run("kube", "play", document).MustSucceed();

        podman.WaitForLog("played-one", "played");
        Assert.That(podman.Run("kube", "down", document).MustSucceed().Output, Does.Contain("Pods stopped"));
    }

    private static PodmanHost WithPod(params string[] options)
    {
        var podman = new PodmanHost();
        try
        {
            podman.ImportImage();
            podman.Run(["pod", "create", "--name", "pod", "--cgroup-parent", podman.CgroupParent, "--infra-image", "localhost/box", "--infra-command", "sleep 1000", .. options]).MustSucceed();
            return podman;
        }
        catch
        {
            podman.Dispose();
            throw;
        }
    }

    private static string Start(PodmanHost podman, string name) =>
        podman.Run("run", "--detach", "--pod", "pod", "--name", name, "localhost/box", "sleep", "60").MustSucceed().Output;
}
