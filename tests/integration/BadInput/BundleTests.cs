using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Integration.BadInput;

/// <summary>Bundles that are not there, or are no bundles.</summary>
[TestFixture]
internal sealed class BundleTests
{
    [Test, CancelAfter(60_000)]
    public void A_bundle_without_a_document_is_refused() =>
        Refused(container => File.Delete(container.Bundle.ConfigPath), "config.json", "no such file or directory");

    [Test, CancelAfter(60_000)]
    public void A_bundle_that_does_not_exist_is_refused() =>
        Refused(container => Directory.Move(container.Bundle.Path, container.Bundle.Path + "-moved"), "/bundle", "no such file or directory");

    [Test, CancelAfter(60_000)]
    public void A_document_that_is_a_directory_is_refused() =>
        Refused(
            container =>
            {
                File.Delete(container.Bundle.ConfigPath);
                Directory.CreateDirectory(container.Bundle.ConfigPath);
            },
            "config.json",
            "is a directory");

    [Test, CancelAfter(60_000)]
    public void A_document_that_is_a_fifo_nobody_writes_to_is_refused_and_not_waited_for() =>
        Refused(
            container =>
            {
                File.Delete(container.Bundle.ConfigPath);
                Lifecycle.HostShell.Run(container.Folder, $"mkfifo {container.Bundle.ConfigPath}");
            });

    [TestCase("", TestName = "{m}(empty)")]
    [TestCase("{", TestName = "{m}(cut off)")]
    [TestCase("[]", TestName = "{m}(an array)")]
    [TestCase("null", TestName = "{m}(null)")]
    [TestCase("{} {}", TestName = "{m}(two)")]
    [TestCase("not json\u0000\u0001", TestName = "{m}(no JSON)")]
    [CancelAfter(60_000)]
    public void A_document_is_refused_that_is(string document) =>
        Refused(container => File.WriteAllText(container.Bundle.ConfigPath, document));

    [TestCase("\"hostname\": \"bulkhead\"", "\"hostname\": 5", "hostname", TestName = "{m}(a number for a text)")]
    [TestCase("\"cwd\": \"/\"", "\"cwd\": [\"/\"]", "process.cwd", TestName = "{m}(an array for a text)")]
    [TestCase("\"uid\": 0", "\"uid\": \"root\"", "process.user.uid", TestName = "{m}(a text for a number)")]
    [TestCase("\"uid\": 0", "\"uid\": -1", "process.user.uid", TestName = "{m}(a negative number)")]
    [TestCase("\"uid\": 0", "\"uid\": 1e30", "process.user.uid", TestName = "{m}(a number out of range)")]
    [TestCase("\"readonly\": true", "\"readonly\": \"yes\"", "root.readonly", TestName = "{m}(a text for a boolean)")]
    [TestCase("\"uid\": 0", "\"uid\": 0, \"uid\": 1", "process.user.uid", TestName = "{m}(a duplicate key)")]
    [CancelAfter(60_000)]
    public void A_document_with_a_wrong_value_is_refused_by_the_propertys_path(string from, string to, string path) =>
        Refused(
            container =>
            {
                string document = File.ReadAllText(container.Bundle.ConfigPath);
                Assert.That(document, Does.Contain(from));
                File.WriteAllText(container.Bundle.ConfigPath, document.Replace(from, to, StringComparison.Ordinal));
            },
            path);

    [Test, CancelAfter(60_000)]
    public void A_document_that_is_too_large_is_refused() =>
        Refused(container =>
        {
            using FileStream document = File.OpenWrite(container.Bundle.ConfigPath);
            document.SetLength((16 << 20) + 1);
        });

    [TestCase("0.2.0")]
    [TestCase("2.0.0")]
    [TestCase("garbage")]
    [TestCase("")]
    [TestCase("1")]
    [TestCase("1.x.0")]
    [CancelAfter(60_000)]
    public void A_version_is_refused_that_is(string version) =>
        Refusal.OfBundle(bundle => bundle.Set("ociVersion", version), "ociVersion", $"\"{version}\"");

    [TestCase("ociVersion")]
    [TestCase("root")]
    [TestCase("root.path")]
    [TestCase("process")]
    [TestCase("process.args")]
    [TestCase("process.cwd")]
    [TestCase("linux")]
    [CancelAfter(60_000)]
    public void A_document_is_refused_without(string path) => Refusal.OfBundle(bundle => bundle.Remove(path), path);

    [Test, CancelAfter(60_000)]
    public void A_root_that_does_not_exist_is_refused() =>
        Refusal.OfBundle(bundle => bundle.Set("root.path", "no-such-folder"), "root.path", "no-such-folder", "no such file or directory");

    [Test, CancelAfter(60_000)]
    public void A_root_that_is_a_file_is_refused() =>
        Refusal.OfBundle(
            bundle =>
            {
                File.WriteAllText(Path.Combine(bundle.Path, "file"), "");
                bundle.Set("root.path", "file");
            },
            "root.path",
            "not a directory");

    [Test, CancelAfter(60_000)]
    public void An_empty_root_is_refused() => Refusal.OfBundle(bundle => bundle.Set("root.path", ""), "root.path");

    private static void Refused(Action<TestContainer> damage, params string[] causes)
    {
        using var container = TestContainer.From();
        damage(container);

        Refusal.Check(container, container.Runtime, ["create", "--bundle", container.Bundle.Path, container.Id], causes);
        Refusal.Check(container, container.Runtime, ["run", "--bundle", container.Bundle.Path, container.Id], causes);
    }
}
