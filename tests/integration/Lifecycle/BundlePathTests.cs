using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.Lifecycle;

/// <summary>A bundle's path in place of <c>--bundle</c> and an id: the id is the folder's name.</summary>
[TestFixture]
internal sealed class BundlePathTests
{
    [TestCase("{0}", TestName = "{m}(absolute)")]
    [TestCase("{0}/", TestName = "{m}(with a slash at its end)")]
    [TestCase("./{1}", TestName = "{m}(relative)")]
    [TestCase("././/{1}//", TestName = "{m}(with empty parts)")]
    [TestCase("../{2}/{1}", TestName = "{m}(with parts that lead up)")]
    [CancelAfter(30_000)]
    public void Run_takes_the_path(string form)
    {
        using var folder = new TemporaryFolder();
        using NamedBundle bundle = new(folder, "echo hi; exit 7");

        Result result = bundle.Runtime.Run("run", string.Format(System.Globalization.CultureInfo.InvariantCulture, form, bundle.Path, bundle.Id, folder.Name));

        Assert.That((result.ExitCode, result.Output), Is.EqualTo((7, "hi")), $"{result}");
        Assert.That(LeakCheck.Of(bundle.Id), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Every_command_takes_the_path_of_the_bundle_that_create_took()
    {
        using var folder = new TemporaryFolder();
        using NamedBundle bundle = new(folder, "exec sleep 60");
        string path = $"./{bundle.Id}";

        bundle.Runtime.Run("create", path).MustSucceed();
        string created = bundle.Runtime.Run("state", path).MustSucceed().Output;
        bundle.Runtime.Run("start", path).MustSucceed();
        bundle.Runtime.Run("exec", path, "true").MustSucceed();
        bundle.Runtime.Run("kill", path, "KILL").MustSucceed();
        Wait.Until(() => bundle.Runtime.Run("delete", path).ExitCode == 0, "the container to stop");

        Assert.That(created, Does.Contain($"\"id\": \"{bundle.Id}\"").And.Contain("created"));
        Assert.That(LeakCheck.Of(bundle.Id), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void The_id_works_beside_the_path()
    {
        using var folder = new TemporaryFolder();
        using NamedBundle bundle = new(folder, "exec sleep 60");
        bundle.Runtime.Run("create", bundle.Path).MustSucceed();

        Result result = bundle.Runtime.Run("delete", "--force", bundle.Id);

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(bundle.Runtime.Run("state", bundle.Id).ExitCode, Is.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void A_path_and_an_option_that_names_a_bundle_are_refused()
    {
        using var folder = new TemporaryFolder();
        using NamedBundle bundle = new(folder, "true");

        Result result = bundle.Runtime.Run("run", "--bundle", bundle.Path, bundle.Path);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("an id can't contain a slash"));
        Assert.That(LeakCheck.Of(bundle.Id), Is.Empty);
    }

    // A bundle whose folder has a container's name; deleted by force at the end.
    private sealed class NamedBundle : IDisposable
    {
        public NamedBundle(TemporaryFolder folder, string script)
        {
            Id = folder.Name + "-bundle";
            Runtime = new RuntimeCommand(folder);
            Path = TestBundle.Create(folder.Folder(Id), bundle => bundle.Process.Shell(script)).Path;
        }

        public string Id { get; }

        public string Path { get; }

        public RuntimeCommand Runtime { get; }

        public void Dispose() => Runtime.Run("delete", "--force", Id);
    }
}
