using Bulkhead.Runtime.Cli;
using Bulkhead.Runtime.Cli.Commands;
using Bulkhead.Runtime.Containers;
using Bulkhead.Specs;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Cli;

/// <summary>The command lines of containerd, Docker, podman, conmon, CRI-O, buildah and BuildKit, as they were seen.</summary>
internal sealed class CallerTests
{
    private static readonly CreateOptions Plain = new() { Id = ContainerId.Parse("ID"), Bundle = "/B" };

    private static IEnumerable<TestCaseData> CreateCalls()
    {
        yield return Call("containerd", "create --bundle /B --pid-file /B/init.pid ID", Plain with { PidFile = "/B/init.pid" });
        yield return Call(
            "containerd with everything",
            "create --bundle /B --pid-file /B/init.pid --console-socket /S --no-pivot --no-new-keyring ID",
            Plain with { PidFile = "/B/init.pid", ConsoleSocket = "/S", NoPivot = true, NoNewKeyring = true });
        yield return Call(
            "newer go-runc",
            "create --bundle /B --pid-file /P --pidfd-socket /S --preserve-fds 2 ID",
            Plain with { PidFile = "/P", PidFdSocket = "/S", PreserveDescriptors = 2 });
        yield return Call(
            "conmon",
            "create --bundle /B --pid-file /P --no-pivot --no-new-keyring --preserve-fds 1 --console-socket /S ID",
            Plain with { PidFile = "/P", NoPivot = true, NoNewKeyring = true, PreserveDescriptors = 1, ConsoleSocket = "/S" });
        yield return Call("buildah", "create --bundle /B --pid-file /B/pid --no-new-keyring ID", Plain with { PidFile = "/B/pid", NoNewKeyring = true });
        yield return Call("a person", "create -b /B ID", Plain);
        yield return Call("options last", "create ID --bundle=/B --no-pivot", Plain with { NoPivot = true });
        yield return Call("a bundle's path", "create /x/ID", Plain with { Bundle = "/x/ID" });
        yield return Call("a bundle's path with odds and ends", "create /x/./ID//", Plain with { Bundle = "/x/ID" });
    }

    [TestCaseSource(nameof(CreateCalls))]
    public void Create_is_understood(string[] arguments, CreateOptions expected) =>
        Assert.That(CreateCommand.Parse(arguments), Is.EqualTo(expected));

    private static IEnumerable<TestCaseData> RunCalls()
    {
        yield return Call("BuildKit", "run --bundle /B --no-pivot --keep ID", new RunOptions { Create = Plain with { NoPivot = true }, Keep = true });
        yield return Call("a person", "run -d -b /B ID", new RunOptions { Create = Plain, Detach = true });
        yield return Call("a single dash", "run --bundle /B -no-subreaper ID", new RunOptions { Create = Plain, NoSubreaper = true });
        yield return Call("switched off", "run --bundle /B --detach=false ID", new RunOptions { Create = Plain });
    }

    [TestCaseSource(nameof(RunCalls))]
    public void Run_is_understood(string[] arguments, RunOptions expected) =>
        Assert.That(RunCommand.Parse(arguments), Is.EqualTo(expected));

    [TestCase("ID 15", 15, false, TestName = "kill: containerd, podman, CRI-O")]
    [TestCase("--all ID 9", 9, true, TestName = "kill: containerd, to all")]
    [TestCase("ID 9 --all", 9, true)]
    [TestCase("ID --all 9", 9, true)]
    [TestCase("-a ID 9", 9, true, TestName = "kill: CRI-O, to all")]
    [TestCase("ID KILL", 9, false, TestName = "kill: CRI-O, by name")]
    [TestCase("ID SIGKILL", 9, false, TestName = "kill: buildah, by name")]
    [TestCase("ID", 15, false, TestName = "kill: buildah, without a signal")]
    [TestCase("/run/bundles/ID 9", 9, false, TestName = "kill: by the bundle")]
    public void Kill_is_understood(string arguments, int signal, bool all)
    {
        KillCommand.Request request = KillCommand.Parse(arguments.Split(' '));

        Assert.That(request.Container.Id, Is.EqualTo(Plain.Id));
        Assert.That((request.Signal.Number, request.All), Is.EqualTo((signal, all)));
    }

    [TestCase("ID", false)]
    [TestCase("--force ID", true)]
    [TestCase("ID --force", true)]
    [TestCase("-f ID", true)]
    public void Delete_is_understood(string arguments, bool force) =>
        Assert.That(DeleteCommand.Parse(arguments.Split(' ')), Is.EqualTo((new ContainerReference(Plain.Id, null), force)));

    [Test]
    public void Exec_of_containerd_and_conmon_is_understood()
    {
        ExecCommand.Request request = ExecCommand.Parse(
            ["--pid-file", "/P", "--process", "/F", "--detach", "--preserve-fds", "3", "--tty", "--console-socket", "/S", "ID"]);

        Assert.That(request.Container.Id, Is.EqualTo(Plain.Id));
        Assert.That(request.ProcessFile, Is.EqualTo("/F"));
        Assert.That((request.PidFile, request.ConsoleSocket), Is.EqualTo(("/P", "/S")));
        Assert.That((request.Detach, request.PreserveDescriptors), Is.EqualTo((true, 3)));
    }

    [TestCase("ID sh -c true", new[] { "sh", "-c", "true" })]
    [TestCase("ID ls -h --help", new[] { "ls", "-h", "--help" })]
    [TestCase("-t ID sh -t", new[] { "sh", "-t" })]
    [TestCase("ID -t sh -t", new[] { "sh", "-t" }, TestName = "Options may stand between the container and the program")]
    [TestCase("ID -- -t sh", new[] { "-t", "sh" })]
    [TestCase("ID sh -- -x", new[] { "sh", "--", "-x" })]
    public void Exec_leaves_the_programs_arguments_alone(string arguments, string[] program) =>
        Assert.That(ExecCommand.Parse(arguments.Split(' ')).Changes.Arguments, Is.EqualTo(program));

    [TestCase("--format json ID", true, "-ef", TestName = "ps: containerd")]
    [TestCase("--format table ID -eo pid,comm", false, "-eo pid,comm", TestName = "ps: docker top")]
    [TestCase("ID aux", false, "aux")]
    [TestCase("-f json ID -f", true, "-f")]
    public void Ps_is_understood(string arguments, bool json, string options)
    {
        PsCommand.Request request = PsCommand.Parse(arguments.Split(' '));

        Assert.That(request.Container.Id, Is.EqualTo(Plain.Id));
        Assert.That((request.Json, string.Join(' ', request.Options)), Is.EqualTo((json, options)));
    }

    [TestCase("--resources - ID", "-", TestName = "update: Docker and CRI-O")]
    [TestCase("--resources=- ID", "-", TestName = "update: containerd 2")]
    [TestCase("--resources=/F ID", "/F", TestName = "update: podman")]
    [TestCase("-r /F ID", "/F")]
    public void Update_takes_a_document(string arguments, string file)
    {
        UpdateCommand.Request request = UpdateCommand.Parse(arguments.Split(' '));

        Assert.That(request.Container.Id, Is.EqualTo(Plain.Id));
        Assert.That(request.ResourcesFile, Is.EqualTo(file));
        Assert.That(request.Resources, Is.EqualTo(new LinuxResources()));
    }

    [TestCase("--stats ID", true, 5)]
    [TestCase("--interval=1s ID", false, 1)]
    [TestCase("ID", false, 5)]
    public void Events_is_understood(string arguments, bool once, int seconds) =>
        Assert.That(EventsCommand.Parse(arguments.Split(' ')), Is.EqualTo((new ContainerReference(Plain.Id, null), once, TimeSpan.FromSeconds(seconds))));

    [Test]
    public void Checkpoint_of_containerd_is_understood()
    {
        CheckpointCommand.Request request = CheckpointCommand.Parse(
            ("--image-path /I --work-path /W --leave-running --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode soft "
            + "--empty-ns network --lazy-pages --status-fd 3 --page-server 10.0.0.1:27 --parent-path ../P --auto-dedup --link-remap --pre-dump ID").Split(' '));

        Assert.That(request.Container.Id, Is.EqualTo(Plain.Id));
        Assert.That(request.Options, Is.EqualTo(new CheckpointOptions
        {
            Criu = new CriuOptions
            {
                ImagePath = "/I",
                WorkPath = "/W",
                TcpEstablished = true,
                ExternalUnixSockets = true,
                ShellJob = true,
                FileLocks = true,
                CgroupMode = CriuCgroupMode.Soft,
                LazyPages = true,
                PageServer = new CriuPageServer("10.0.0.1", 27),
                AutoDeduplicate = true,
                LinkRemap = true,
            },
            LeaveRunning = true,
            PreDump = true,
            ParentPath = "../P",
            StatusDescriptor = 3,
        }));
    }

    [Test]
    public void Restore_of_containerd_and_conmon_is_understood()
    {
        RestoreOptions options = RestoreCommand.Parse(
            ("--image-path /I --work-path /W --detach --pid-file /P --console-socket /S --no-pivot -no-subreaper --bundle /B --tcp-close "
            + "--lsm-profile=apparmor:x --lsm-mount-context=y ID").Split(' '));

        Assert.That(options, Is.EqualTo(new RestoreOptions
        {
            Create = Plain with { PidFile = "/P", ConsoleSocket = "/S", NoPivot = true },
            Criu = new CriuOptions { ImagePath = "/I", WorkPath = "/W", TcpClose = true, LsmProfile = "apparmor:x", LsmMountContext = "y" },
            Detach = true,
            NoSubreaper = true,
        }));
    }

    [TestCase("[::1]:80", "::1", 80)]
    [TestCase("host:65535", "host", 65535)]
    public void A_page_server_is_understood(string text, string address, int port) => Assert.That(
        CheckpointCommand.Parse(["--page-server", text, "ID"]).Options.Criu.PageServer, Is.EqualTo(new CriuPageServer(address, (ushort)port)));

    [TestCase("--format=json", ListCommand.Form.Json)]
    [TestCase("-f json", ListCommand.Form.Json)]
    [TestCase("-q", ListCommand.Form.Ids)]
    [TestCase("--format table", ListCommand.Form.Table)]
    public void List_is_understood(string arguments, ListCommand.Form form) =>
        Assert.That(ListCommand.Parse(arguments.Split(' ')), Is.EqualTo(form));

    [TestCase("create", "\"create\" requires exactly 1 argument, not 0")]
    [TestCase("create a b", "\"create\" requires exactly 1 argument, not 2")]
    [TestCase("create --bundle /B /x/ID", "invalid container id \"/x/ID\": an id can't contain a slash, and as the path of a bundle it is a second one beside --bundle /B")]
    [TestCase("create --preserve-fds -1 ID", "invalid value \"-1\" for --preserve-fds: not a whole number from 0 to 1048576")]
    [TestCase("create --detach ID", "flag provided but not defined: --detach")]
    [TestCase("create --bundle", "flag needs an argument: --bundle")]
    [TestCase("start", "\"start\" requires exactly 1 argument, not 0")]
    [TestCase("start --force ID", "flag provided but not defined: --force")]
    [TestCase("kill", "\"kill\" requires a container and at most one signal, not 0 arguments")]
    [TestCase("kill ID 9 9", "\"kill\" requires a container and at most one signal, not 3 arguments")]
    [TestCase("kill ID FOO", "unknown signal \"FOO\"")]
    [TestCase("delete", "\"delete\" requires exactly 1 argument, not 0")]
    [TestCase("exec", "\"exec\" requires a container")]
    [TestCase("exec ID", "\"exec\" requires a program, or --process")]
    [TestCase("exec --process /F ID sh", "\"exec\" with --process takes no program")]
    [TestCase("exec --process /F --env A=b ID", "with --process, the process is as the document says: give no option that changes it")]
    [TestCase("exec --user root ID sh", "invalid value \"root\" for --user: not UID or UID:GID, in numbers")]
    [TestCase("exec --user 1:2:3 ID sh", "invalid value \"1:2:3\" for --user: not UID or UID:GID, in numbers")]
    [TestCase("exec --user -1 ID sh", "invalid value \"-1\" for --user: not UID or UID:GID, in numbers")]
    [TestCase("exec --user 4294967295 ID sh", "invalid value \"4294967295\" for --user: not UID or UID:GID, in numbers", TestName = "exec: the uid that means none")]
    [TestCase("exec --user 4294967296 ID sh", "invalid value \"4294967296\" for --user: not UID or UID:GID, in numbers")]
    [TestCase("exec -g -5 ID sh", "invalid value \"-5\" for -g: not a whole number from 0 to 4294967294")]
    [TestCase("exec --cgroup a --cgroup b ID sh", "--cgroup a: one of several names its controllers, as in memory:a")]
    [TestCase("ps", "\"ps\" requires a container")]
    [TestCase("ps --format xml ID", "invalid value \"xml\" for --format: neither table nor json")]
    [TestCase("list extra", "\"list\" takes no arguments, not 1")]
    [TestCase("list --format xml", "invalid value \"xml\" for --format: neither table nor json")]
    [TestCase("events --interval 0s ID", "invalid value \"0s\" for --interval: not a duration above zero, such as 5s, 500ms or 1m30s")]
    [TestCase("events --interval x ID", "invalid value \"x\" for --interval: not a duration above zero, such as 5s, 500ms or 1m30s")]
    [TestCase("spec extra", "\"spec\" takes no arguments, not 1")]
    [TestCase("features extra", "\"features\" takes no arguments, not 1")]
    [TestCase("update --memory -5 ID", "invalid value \"-5\" for --memory: not a size in bytes, such as 1048576, 64M or 1.5g")]
    [TestCase("update --blkio-weight 1001 ID", "invalid value \"1001\" for --blkio-weight: not a whole number from 0 to 1000")]
    [TestCase("update --cpu-share -1 ID", "invalid value \"-1\" for --cpu-share: not a whole number of 0 or above")]
    [TestCase("update --resources - --memory 1 ID", "--resources and --memory do not go together: put all limits into the document")]
    public void Bad_arguments_are_refused(string line, string message) =>
        Assert.That(() => Parse(line.Split(' ')), Throws.Exception.With.Message.EqualTo(message));

    [TestCase("..")]
    [TestCase("a b")]
    [TestCase("")]
    [TestCase("/")]
    [TestCase("/x/a b")]
    [TestCase("a\nb")]
    public void An_id_that_is_none_is_refused(string id) =>
        Assert.That(() => Parse(["start", id]), Throws.TypeOf<FormatException>());

    private static void Parse(string[] line)
    {
        ReadOnlySpan<string> arguments = line.AsSpan(1);
        object _ = line[0] switch
        {
            "create" => CreateCommand.Parse(arguments),
            "start" => SoleContainer.Parse("start", arguments),
            "kill" => KillCommand.Parse(arguments),
            "delete" => DeleteCommand.Parse(arguments),
            "exec" => ExecCommand.Parse(arguments),
            "ps" => PsCommand.Parse(arguments),
            "list" => ListCommand.Parse(arguments),
            "events" => EventsCommand.Parse(arguments),
            "spec" => SpecCommand.Parse(arguments),
            "features" => FeaturesCommand.Run(arguments),
            "update" => UpdateCommand.Parse(arguments),
            _ => throw new ArgumentException(line[0]),
        };
    }

    private static TestCaseData Call(string caller, string line, object expected) =>
        new TestCaseData(line.Split(' ')[1..], expected).SetName($"{line.Split(' ')[0]}: {caller}");
}
