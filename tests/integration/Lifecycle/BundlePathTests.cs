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
        (RuntimeCommand runtime, string id, string path) = Bundle(folder, "echo hi; exit 7");

        Result result = runtime.Run("run", string.Format(System.Globalization.CultureInfo.InvariantCulture, form, path, id, folder.Name));

        Assert.That((result.ExitCode, result.Output), Is.EqualTo((7, "hi")), $"{result}");
        Assert.That(LeakCheck.Of(id), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void Every_command_takes_the_path_of_the_bundle_that_create_took()
    {
        using var folder = new TemporaryFolder();
        (RuntimeCommand runtime, string id, _) = Bundle(folder, "exec sleep 60");
        string path = $"./{id}";

        runtime.Run("create", path).MustSucceed();
        string created = runtime.Run("state", path).MustSucceed().Output;
        runtime.Run("start", path).MustSucceed();
        runtime.Run("exec", path, "true").MustSucceed();
        runtime.Run("kill", path, "KILL").MustSucceed();
        Wait.Until(() => runtime.Run("delete", path).ExitCode == 0, "the container to stop");

        Assert.That(created, Does.Contain($"\"id\": \"{id}\"").And.Contain("created"));
        Assert.That(LeakCheck.Of(id), Is.Empty);
    }

    [Test, CancelAfter(30_000)]
    public void The_id_works_beside_the_path()
    {
        using var folder = new TemporaryFolder();
        (RuntimeCommand runtime, string id, string path) = Bundle(folder, "exec sleep 60");
        runtime.Run("create", path).MustSucceed();

        Result result = runtime.Run("delete", "--force", id);

        Assert.That(result.ExitCode, Is.Zero, $"{result}");
        Assert.That(runtime.Run("state", id).ExitCode, Is.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public void A_path_and_an_option_that_names_a_bundle_are_refused()
    {
        using var folder = new TemporaryFolder();
        (RuntimeCommand runtime, string id, string path) = Bundle(folder, "true");

        Result result = runtime.Run("run", "--bundle", path, path);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("two bundles"));
        Assert.That(LeakCheck.Of(id), Is.Empty);
    }

    private static (RuntimeCommand Runtime, string Id, string Path) Bundle(TemporaryFolder folder, string script)
    {
        string id = folder.Name + "-bundle";
        TestBundle bundle = TestBundle.Create(folder.Folder(id), bundle => bundle.Process.Shell(script));
        return (new RuntimeCommand(folder), id, bundle.Path);
    }
}
