using System.Runtime.Versioning;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Seccomp;
using Bulkhead.Runtime.Security;
using Bulkhead.Specs.Runtime;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Seccomp;

[TestFixture]
[SupportedOSPlatform("linux")]
internal sealed class SeccompCacheTests
{
    private string _path = "";
    private DirectoryHandle _directory = null!;

    [SetUp]
    public void CreateDirectory()
    {
        _path = Directory.CreateTempSubdirectory("seccomp-cache-").FullName;
        _directory = DirectoryHandle.Open(_path);
    }

    [TearDown]
    public void RemoveDirectory()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Test]
    public void A_program_is_compiled_once()
    {
        SeccompProfile profile = SeccompProfile.From(Profile("mount", "no_such_call"));

        SeccompProgram compiled = new SeccompCache(_directory).Provide(profile, out IReadOnlyList<string> unknown);
        SeccompProgram cached = new SeccompCache(_directory).Provide(profile, out IReadOnlyList<string> unknownToTheCache);

        Assert.That((cached.Instructions, cached.Flags), Is.EqualTo((compiled.Instructions, compiled.Flags)));
        Assert.That((unknown.Count, unknownToTheCache.Count), Is.EqualTo((1, 0)), "the second one was not compiled");
    }

    [Test]
    public void A_default_profile_in_use_is_the_same_from_the_cache()
    {
        SeccompProfile profile = SeccompProfile.From(DefaultProfile.Read());
        SeccompProgram compiled = SeccompCompiler.Compile(profile, out _);
        SeccompCache cache = new(_directory);

        cache.Provide(profile, out _);
        SeccompProgram cached = cache.Provide(profile, out _);

        Assert.That(cached.Instructions, Is.EqualTo(compiled.Instructions));
    }

    [Test]
    public void A_file_is_its_owners_alone()
    {
        new SeccompCache(_directory).Provide(SeccompProfile.From(Profile("mount")), out _);

        string file = Directory.GetFiles(_path).Single();

        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_file_that_others_can_write_is_not_trusted()
    {
        SeccompProfile profile = SeccompProfile.From(Profile("no_such_call"));
        SeccompCache cache = new(_directory);
        cache.Provide(profile, out _);
        File.SetUnixFileMode(Directory.GetFiles(_path).Single(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

        cache.Provide(profile, out IReadOnlyList<string> unknown);

        Assert.That(unknown, Is.Not.Empty, "compiled again");
    }

    [Test]
    public void The_program_of_another_profile_under_the_same_name_is_not_used()
    {
        // What somebody would do who finds two profiles with the same hash.
        SeccompCache cache = new(_directory);
        SeccompProfile wanted = SeccompProfile.From(Profile("mount"));
        SeccompProgram expected = cache.Provide(wanted, out _);
        string name = Directory.GetFiles(_path).Single();
        byte[] otherKey = SeccompKey.Of(SeccompProfile.From(Profile("umount2")));
        File.WriteAllBytes(name, SeccompCache.Format(new SeccompProgram([new(BpfInstruction.Return, 0, 0, SeccompAction.Allow)], default), otherKey));

        SeccompProgram program = cache.Provide(wanted, out _);

        Assert.That(program.Instructions, Is.EqualTo(expected.Instructions));
    }

    [Test]
    public void A_damaged_file_is_not_used()
    {
        byte[] key = [1, 2, 3, 4, 5];
        byte[] file = SeccompCache.Format(new SeccompProgram([new(BpfInstruction.Return, 0, 0, 7), new(BpfInstruction.Return, 0, 0, 8)], default), key);

        Assert.Multiple(() =>
        {
            Assert.That(SeccompCache.Parse(file, key), Is.Not.Null);
            for (int length = 0; length < file.Length; length++)
            {
                Assert.That(SeccompCache.Parse(file.AsSpan(0, length), key), Is.Null, $"cut to {length} bytes");
            }

            for (int index = 0; index < file.Length; index++)
            {
                if (index is >= 8 and < 12 or >= 20 and < 24)
                {
                    continue;
                }

                byte[] damaged = [.. file];
                damaged[index] ^= 0x10;
                Assert.That(SeccompCache.Parse(damaged, key), Is.Null, $"another byte {index}");
            }
        });
    }

    [Test]
    public void Profiles_that_differ_in_anything_have_different_keys()
    {
        LinuxSeccompArg argument = new() { Index = 0, Value = 1, Op = LinuxSeccompOperator.EqualTo };
        LinuxSeccomp plain = Profile("mount");
        LinuxSyscall rule = plain.Syscalls![0];
        LinuxSeccomp[] profiles =
        [
            plain,
            plain with { DefaultAction = LinuxSeccompAction.Log },
            plain with { Flags = [] },
            plain with { Architectures = [LinuxSeccompArchitecture.X86] },
            plain with { Syscalls = [] },
            plain with { Syscalls = [rule, rule] },
            plain with { Syscalls = [rule with { Names = ["mount", "mount"] }] },
            plain with { Syscalls = [rule with { Names = ["mountmount"] }] },
            plain with { Syscalls = [rule with { ErrnoRet = 2 }] },
            plain with { Syscalls = [rule with { Args = [argument] }] },
            plain with { Syscalls = [rule with { Args = [argument with { Index = 1 }] }] },
            plain with { Syscalls = [rule with { Args = [argument with { Value = 2 }] }] },
            plain with { Syscalls = [rule with { Args = [argument with { ValueTwo = 2 }] }] },
            plain with { Syscalls = [rule with { Args = [argument with { Op = LinuxSeccompOperator.NotEqual }] }] },
        ];

        string[] keys = [.. profiles.Select(profile => Convert.ToHexString(SeccompKey.Of(SeccompProfile.From(profile))))];

        Assert.That(keys, Is.Unique);
        Assert.That(keys.Select(key => SeccompKey.Hash(Convert.FromHexString(key))), Is.Unique);
    }

    [Test]
    public void The_oldest_files_go()
    {
        SeccompCache cache = new(_directory);
        for (int index = 0; index < SeccompCache.MostFiles; index++)
        {
            string old = Path.Combine(_path, $"{index:x16}");
            File.WriteAllText(old, "");
            File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-index - 1));
        }

        cache.Provide(SeccompProfile.From(Profile("mount")), out _);

        Assert.That(Directory.GetFiles(_path), Has.Length.EqualTo(SeccompCache.MostFiles));
        Assert.That(File.Exists(Path.Combine(_path, $"{SeccompCache.MostFiles - 1:x16}")), Is.False);
    }

    [Test]
    public void A_cache_that_cannot_be_written_costs_a_compilation_and_nothing_else()
    {
        Directory.Delete(_path);

        SeccompProgram program = new SeccompCache(_directory).Provide(SeccompProfile.From(Profile("mount")), out _);

        Assert.That(program.Instructions, Is.Not.Empty);
        Directory.CreateDirectory(_path);
    }

    private static LinuxSeccomp Profile(params string[] names) => new()
    {
        DefaultAction = LinuxSeccompAction.Allow,
        Syscalls = [new LinuxSyscall { Names = names, Action = LinuxSeccompAction.Errno }],
    };
}
