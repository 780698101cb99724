using System.Globalization;
using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Security;

/// <summary>A caller that leaves a hundred descriptors open: none of them is anybody's but the caller's.</summary>
[TestFixture]
internal sealed class DescriptorInvariantTests
{
    private const int Leaked = 100;

    // Appends the numbers and targets of its open descriptors above 2 to a file.
    private const string Lister = """
        #include <dirent.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        int main(int count, char **arguments)
        {
            DIR *open = opendir("/proc/self/fd");
            char found[65536];
            int length = 0;
            for (struct dirent *entry; (entry = readdir(open)); ) {
                char target[4096];
                int number = atoi(entry->d_name);
                if (number < 3 || number == dirfd(open))
                    continue;
                char path[64];
                sprintf(path, "/proc/self/fd/%d", number);
                int end = readlink(path, target, sizeof target - 1);
                target[end < 0 ? 0 : end] = 0;
                length += sprintf(found + length, "%d %s\n", number, target);
            }
            closedir(open);
            FILE *out = fopen(arguments[1], "a");
            fprintf(out, "%s%s done\n", found, arguments[2]);
            return fclose(out);
        }
        """;

    [Test, CancelAfter(60_000)]
    public void A_created_process_holds_only_what_it_waits_at_and_its_program_nothing_CVE_2024_21626()
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "50"));
        Leak(container, first: 3);

        container.Create().MustSucceed();
        string[] waiting = [.. container.Init.Descriptors.Where(open => open.Key > 2).Select(open => open.Value)];
        container.Start().MustSucceed();
        Wait.Until(() => container.Init.Name == "sleep", "the program");

        Assert.That(waiting, Is.All.StartWith(container.Runtime.Root), "but for the fifo of the start");
        Assert.That(waiting, Has.Length.EqualTo(1));
        Assert.That(container.Init.Descriptors.Keys, Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [TestCase(0), TestCase(2)]
    [CancelAfter(60_000)]
    public void A_program_has_what_it_was_given_and_no_other_descriptor_CVE_2024_21626(int given)
    {
        using var container = TestContainer.From(bundle => bundle.Process.Args("sleep", "50"));
        Leak(container, first: 3);
        string[] options = given == 0 ? [] : ["--preserve-fds", given.ToString(CultureInfo.InvariantCulture)];

        container.Create(options).MustSucceed();
        container.Start().MustSucceed();
        Wait.Until(() => container.Init.Name == "sleep", "the program");
        container.ExecWith([.. options, "--detach", "--pid-file", container.Folder.File("pid")], "sleep", "49").MustSucceed();
        var exec = new HostProcess(int.Parse(File.ReadAllText(container.Folder.File("pid")), CultureInfo.InvariantCulture));

        Assert.That(container.Init.Descriptors.Keys, Is.EqualTo(Enumerable.Range(0, 3 + given)));
        Assert.That(exec.Descriptors.Keys, Is.EqualTo(Enumerable.Range(0, 3 + given)));
    }

    [Test, CancelAfter(60_000)]
    public void Hooks_have_their_streams_and_no_other_descriptor()
    {
        string[] kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
        using var container = TestContainer.From(bundle => bundle.Writable().Process.Args("sleep", "50"));
        string lister = container.Folder.File("lister");
        string outside = container.Folder.Write("outside", "");
        string inside = container.Bundle.Rootfs + "/inside";
        CProgram.Compile(lister, Lister);
        File.Copy(lister, container.Bundle.Rootfs + "/lister");
        File.WriteAllText(inside, "");
        foreach (string kind in kinds)
        {
            bool inContainer = kind == "startContainer";
            container.Bundle.Hook(kind, inContainer ? "/lister" : lister, "lister", inContainer ? "/inside" : outside, kind);
        }

        container.Bundle.Save();
        Leak(container, first: 3);

        container.Create("--preserve-fds", "5").MustSucceed();
        container.Start().MustSucceed();
        container.Delete("--force").MustSucceed();

        Assert.That(
            File.ReadAllLines(outside).Concat(File.ReadAllLines(inside)),
            Is.EquivalentTo(kinds.Select(kind => $"{kind} done")));
    }

    private static void Leak(TestContainer container, int first)
    {
        // A shell can open the numbers up to 9 by name only: the test does it for the rest through a second list.
        string file = container.Folder.Write("leaked", "");
        string opener = container.Folder.File("opener");
        CProgram.Compile(opener, """
            #include <fcntl.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(int count, char **arguments)
            {
                int file = open(arguments[1], O_RDWR);
                for (int number = atoi(arguments[2]); number < atoi(arguments[2]) + atoi(arguments[3]); number++)
                    if (number != file)
                        dup2(file, number);
                execv(arguments[4], arguments + 4);
                return 127;
            }
            """);
        container.Runtime.Prefix.AddRange([opener, file, first.ToString(CultureInfo.InvariantCulture), Leaked.ToString(CultureInfo.InvariantCulture)]);
    }
}
