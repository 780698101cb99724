using Bulkhead.Runtime.Child;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class ProgramLookupTests
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string _folder = "";

    [OneTimeSetUp]
    public void MakeFolders()
    {
        _folder = Directory.CreateTempSubdirectory("bulkhead-programs-").FullName;
        Put("first/both", Executable);
        Put("second/both", Executable);
        Put("second/only", Executable);
        Put("first/plain", UnixFileMode.UserRead);
        Put("second/plain", Executable);
        Put("first/never", UnixFileMode.UserRead);
        Directory.CreateDirectory($"{_folder}/first/folder");
        File.CreateSymbolicLink($"{_folder}/first/dangling", "nowhere");
        File.CreateSymbolicLink($"{_folder}/first/loop", "loop");
    }

    [OneTimeTearDown]
    public void RemoveFolders() => Directory.Delete(_folder, recursive: true);

    [TestCase("both", "/first/both")]
    [TestCase("only", "/second/only")]
    [TestCase("plain", "/second/plain", TestName = "What can't be executed is passed over")]
    public void A_name_is_looked_up_in_the_order_of_the_folders(string program, string expected) =>
        Assert.That(ProgramLookup.Find(program, $"/no/such:{_folder}/first:{_folder}/second"), Is.EqualTo(_folder + expected));

    [TestCase("none")]
    [TestCase("folder")]
    [TestCase("dangling")]
    [TestCase("loop")]
    [TestCase("..")]
    public void A_name_that_is_no_program_is_not_found(string program) =>
        Assert.That(() => ProgramLookup.Find(program, $"{_folder}/first"), Throws.TypeOf<IOException>().With.Message.EqualTo("executable file not found in $PATH"));

    [Test]
    public void A_program_that_may_not_be_executed_is_told_from_none() =>
        Assert.That(() => ProgramLookup.Find("never", $"{_folder}/first:{_folder}/second"), Throws.TypeOf<IOException>().With.Message.EqualTo("permission denied (EACCES)"));

    [Test]
    public void A_path_is_taken_as_it_is() =>
        Assert.That(ProgramLookup.Find($"{_folder}/second/only", ""), Is.EqualTo($"{_folder}/second/only"));

    [TestCase("second/only", "no such file or directory (ENOENT)", TestName = "A path is not looked up")]
    [TestCase("/first/dangling", "no such file or directory (ENOENT)")]
    [TestCase("/first/never", "permission denied (EACCES)")]
    [TestCase("/first/folder", "is a directory: permission denied (EACCES)")]
    [TestCase("/second/only/below", "not a directory (ENOTDIR)")]
    public void A_path_to_no_program_is_refused_in_the_words_that_callers_look_for(string program, string words) =>
        Assert.That(() => ProgramLookup.Find(program[0] == '/' ? _folder + program : program, _folder), Throws.TypeOf<IOException>().With.Message.EqualTo(words));

    [Test]
    public void An_empty_search_path_is_the_working_directory() =>
        Assert.That(() => ProgramLookup.Find("no-such-program", ""), Throws.TypeOf<IOException>());

    private void Put(string path, UnixFileMode permissions)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_folder}/{path}")!);
        File.WriteAllText($"{_folder}/{path}", "");
        File.SetUnixFileMode($"{_folder}/{path}", permissions);
    }
}
