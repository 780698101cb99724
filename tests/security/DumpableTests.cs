using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A process on its way into a container is closed to every process of its user, until it is the user's program.</summary>
[TestFixture]
internal sealed class DumpableTests
{
    // A number that nobody else on the machine has.
    private const int User = 54_321;

    private const string NoCapabilities = "--bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs";

    private static readonly string Unprivileged = string.Create(
        CultureInfo.InvariantCulture, $"setpriv --reuid {User} --regid {User} --clear-groups {NoCapabilities}");

    // As the user and without a capability: what it may look at, any process of the user may.
    private const string Watcher = """
        #include <dirent.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        int main(int count, char **arguments)
        {
            int programs = 0;
            while (access(arguments[1], F_OK)) {
                DIR *proc = opendir("/proc");
                for (struct dirent *entry; (entry = readdir(proc)); ) {
                    char path[64], target[4096];
                    int pid = atoi(entry->d_name);
                    if (pid == 0 || pid == getpid())
                        continue;
                    sprintf(path, "/proc/%d/exe", pid);
                    int length = readlink(path, target, sizeof target - 1);
                    if (length <= 0)
                        continue;
                    target[length] = 0;
                    if (strstr(target, "/busybox"))
                        programs++;
                    else
                        printf("reached %d: %s\n", pid, target);
                }
                closedir(proc);
            }
            printf("%s\n", programs ? "saw the programs" : "saw nothing");
            return 0;
        }
        """;

    [TestCase(0, false), TestCase(User, false), TestCase(0, true), TestCase(User, true)]
    [CancelAfter(60_000)]
    public void A_created_container_can_not_be_looked_into_by_its_own_user_CVE_2016_9962(int user, bool userNamespace)
    {
        using var container = TestContainer.Created(bundle => Describe(bundle, user, userNamespace).Process.Args("sleep", "50"));

        Result[] before = [Read(container, user, userNamespace, "environ"), Read(container, user, userNamespace, "maps"), Read(container, user, userNamespace, "auxv")];
        container.Start().MustSucceed();
        Wait.Until(() => container.Init.Name == "sleep", "the program");
        Result after = Read(container, user, userNamespace, "environ");

        Assert.That(before.Select(result => result.ExitCode), Is.All.EqualTo(1), before[0].ToString());
        Assert.That(before.Select(result => result.Error), Is.All.Contains("Permission denied"));
        Assert.That(after.ExitCode, Is.Zero, $"the attempt is of no worth: {after}");
    }

    [Test, CancelAfter(180_000)]
    public void No_process_of_the_user_gets_hold_of_one_that_becomes_a_container_CVE_2016_9962()
    {
        using var container = TestContainer.From(bundle => Describe(bundle, User, userNamespace: false).Process.Shell("sleep 0.02"));

        string seen = Watch(container, Unprivileged, () =>
        {
            for (int i = 0; i < 30; i++)
            {
                container.Run().MustSucceed();
            }
        });

        Assert.That(seen, Is.EqualTo("saw the programs"));
    }

    [TestCase(false), TestCase(true)]
    [CancelAfter(180_000)]
    public void No_process_of_the_user_gets_hold_of_one_that_an_exec_brings_in_CVE_2016_9962(bool userNamespace)
    {
        using var container = TestContainer.Started(bundle => Describe(bundle, User, userNamespace).Process.Args("sleep", "150"));
        Wait.Until(() => container.Init.Name == "sleep", "the program");

        string seen = Watch(container, userNamespace ? InNamespaceOf(container, User) : Unprivileged, () =>
        {
            for (int i = 0; i < 30; i++)
            {
                container.Exec("sleep", "0.02").MustSucceed();
            }
        });

        Assert.That(seen, Is.EqualTo("saw the programs"));
    }

    private static TestBundle Describe(TestBundle bundle, int user, bool userNamespace)
    {
        bundle.Process.User(user, user).Capabilities();
        return userNamespace ? bundle.UserNamespace() : bundle;
    }

    // With the very ids of the container's process, in its user namespace, and without a capability: nothing but the
    // process's being closed keeps it out.
    private static Result Read(TestContainer container, int user, bool userNamespace, string file) => Attack.Shell(string.Create(
        CultureInfo.InvariantCulture,
        $"{(userNamespace ? InNamespaceOf(container, user) : $"setpriv --reuid {user} --regid {user} --clear-groups {NoCapabilities}")} cat /proc/{container.Init.Pid}/{file}"));

    private static string Watch(TestContainer container, string asUser, Action meanwhile)
    {
        string program = container.Folder.File("watcher");
        string end = container.Folder.File("end");
        CProgram.Compile(program, Watcher);
        Task<Result> watcher = Task.Run(() => Attack.Shell($"{asUser} {program} {end}"));
        meanwhile();
        File.WriteAllText(end, "");
        return watcher.Result.MustSucceed().Output;
    }

    // Root of the namespace gets its capabilities back when a program is executed, unless the bounding set is empty.
    private static string InNamespaceOf(TestContainer container, int user) => string.Create(
        CultureInfo.InvariantCulture,
        $"nsenter --user --target {container.Init.Pid} --setuid {user} --setgid {user} {(user == 0 ? $"setpriv {NoCapabilities}" : "")}");
}
