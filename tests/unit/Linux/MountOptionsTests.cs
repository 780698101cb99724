using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Native;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Linux;

[TestFixture]
internal sealed class MountOptionsTests
{
    /// <summary>What Parse understands and no container gets yet, so that the features document does not name it.</summary>

    private static readonly string[] NeverUnderstood =
    [
        "auto", "user", "users", "owner", "group", "fail", "_netdev", "sub", "context", "acl", "size=1m", "mode=755", "RO", "Bind", " ro",
        "ro ", "ro,nosuid", "bind=1", "r", "no", "rno", "atime=1", "x-mount.mkdir", "quota", "strict", "rel", "ind", "o", "w",
    ];

    [TestCase("ro", MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.None)]
    [TestCase("rw", MountAttributes.None, MountAttributes.MOUNT_ATTR_RDONLY)]
    [TestCase("nosuid", MountAttributes.MOUNT_ATTR_NOSUID, MountAttributes.None)]
    [TestCase("suid", MountAttributes.None, MountAttributes.MOUNT_ATTR_NOSUID)]
    [TestCase("nodev", MountAttributes.MOUNT_ATTR_NODEV, MountAttributes.None)]
    [TestCase("dev", MountAttributes.None, MountAttributes.MOUNT_ATTR_NODEV)]
    [TestCase("noexec", MountAttributes.MOUNT_ATTR_NOEXEC, MountAttributes.None)]
    [TestCase("exec", MountAttributes.None, MountAttributes.MOUNT_ATTR_NOEXEC)]
    [TestCase("nodiratime", MountAttributes.MOUNT_ATTR_NODIRATIME, MountAttributes.None)]
    [TestCase("diratime", MountAttributes.None, MountAttributes.MOUNT_ATTR_NODIRATIME)]
    [TestCase("nosymfollow", MountAttributes.MOUNT_ATTR_NOSYMFOLLOW, MountAttributes.None)]
    [TestCase("symfollow", MountAttributes.None, MountAttributes.MOUNT_ATTR_NOSYMFOLLOW)]
    [TestCase("noatime", MountAttributes.MOUNT_ATTR_NOATIME, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("atime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("strictatime", MountAttributes.MOUNT_ATTR_STRICTATIME, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("nostrictatime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("relatime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("norelatime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    public void An_attribute_is_set_or_cleared_for_the_mount_or_with_r_for_all_below(string option, MountAttributes set, MountAttributes clear)
    {
        MountOptions plain = MountOptions.Parse([option]);
        MountOptions recursive = MountOptions.Parse(["r" + option]);

        Assert.That(AttributesOf(plain), Is.EqualTo((set, clear, MountAttributes.None, MountAttributes.None)));
        Assert.That(AttributesOf(recursive), Is.EqualTo((MountAttributes.None, MountAttributes.None, set, clear)));
        Assert.That(plain.Data.Concat(recursive.Data), Is.Empty);
        Assert.That(plain.Propagation.Concat(recursive.Propagation), Is.Empty);
        Assert.That((plain.Bind, plain.Recursive, recursive.Bind, recursive.Recursive), Is.EqualTo((false, false, false, false)));
    }

    [TestCase("ro rw", MountAttributes.None, MountAttributes.MOUNT_ATTR_RDONLY)]
    [TestCase("rw ro", MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.None)]
    [TestCase("nosuid suid nosuid", MountAttributes.MOUNT_ATTR_NOSUID, MountAttributes.None)]
    [TestCase("noatime strictatime", MountAttributes.MOUNT_ATTR_STRICTATIME, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("strictatime noatime", MountAttributes.MOUNT_ATTR_NOATIME, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("noatime relatime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("relatime noatime", MountAttributes.MOUNT_ATTR_NOATIME, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("noatime atime", MountAttributes.None, MountAttributes.MOUNT_ATTR__ATIME)]
    [TestCase("noatime nodiratime relatime", MountAttributes.MOUNT_ATTR_NODIRATIME, MountAttributes.MOUNT_ATTR__ATIME, TestName = "Directories' access times are a field of their own")]
    [TestCase("ro nosuid noexec", MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC, MountAttributes.None)]
    [TestCase("ro defaults", MountAttributes.MOUNT_ATTR_RDONLY, MountAttributes.None, TestName = "defaults takes nothing back")]
    public void A_later_option_wins_over_an_earlier(string options, MountAttributes set, MountAttributes clear)
    {
        string[] list = options.Split(' ');

        MountOptions plain = MountOptions.Parse(list);
        MountOptions recursive = MountOptions.Parse([.. list.Select(option => option == "defaults" ? option : "r" + option)]);

        Assert.That(AttributesOf(plain), Is.EqualTo((set, clear, MountAttributes.None, MountAttributes.None)));
        Assert.That(AttributesOf(recursive), Is.EqualTo((MountAttributes.None, MountAttributes.None, set, clear)));
    }

    [Test]
    public void The_mount_and_what_is_below_it_are_set_apart()
    {
        MountOptions options = MountOptions.Parse(["rro", "rw", "rnosuid", "nosuid", "suid"]);

        Assert.That(AttributesOf(options), Is.EqualTo((
            MountAttributes.None,
            MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID,
            MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID,
            MountAttributes.None)));
    }

    [Test]
    public void What_is_set_is_never_cleared_as_well_but_for_the_field_of_access_times()
    {
        string[] known = [.. MountOptions.Known];

        foreach (string first in known)
        {
            foreach (string second in known)
            {
                MountOptions options = MountOptions.Parse([first, second]);

                MountAttributes both = (options.Set & options.Clear) | (options.RecursiveSet & options.RecursiveClear);
                MountAttributes times = MountAttributes.MOUNT_ATTR__ATIME;
                Assert.That(both & ~times, Is.EqualTo(MountAttributes.None), $"{first},{second}");

                // mount_setattr(2): an access time can be set only when the whole field is cleared.
                Assert.That((options.Set & times) == 0 || (options.Clear & times) == times, Is.True, $"{first},{second}");
                Assert.That((options.RecursiveSet & times) == 0 || (options.RecursiveClear & times) == times, Is.True, $"{first},{second}");
            }
        }
    }

    [TestCase("private", MountFlags.MS_PRIVATE, false)]
    [TestCase("rprivate", MountFlags.MS_PRIVATE, true)]
    [TestCase("slave", MountFlags.MS_SLAVE, false)]
    [TestCase("rslave", MountFlags.MS_SLAVE, true)]
    [TestCase("shared", MountFlags.MS_SHARED, false)]
    [TestCase("rshared", MountFlags.MS_SHARED, true)]
    [TestCase("unbindable", MountFlags.MS_UNBINDABLE, false)]
    [TestCase("runbindable", MountFlags.MS_UNBINDABLE, true)]
    public void Propagation_is_kept_apart_from_the_flags(string option, MountFlags kind, bool recursive)
    {
        MountOptions options = MountOptions.Parse([option]);

        Assert.That(options.Propagation, Is.EqualTo(new[] { (kind, recursive) }));
        Assert.That((options.Flags, options.JoinedData), Is.EqualTo((MountFlags.None, (string?)null)));
    }

    [Test]
    public void Propagations_stay_in_their_order() =>
        Assert.That(
            MountOptions.Parse(["rslave", "bind", "shared"]).Propagation,
            Is.EqualTo(new[] { (MountFlags.MS_SLAVE, true), (MountFlags.MS_SHARED, false) }));

    [TestCase("sync", MountFlags.MS_SYNCHRONOUS, "async")]
    [TestCase("mand", MountFlags.MS_MANDLOCK, "nomand")]
    [TestCase("lazytime", MountFlags.MS_LAZYTIME, "nolazytime")]
    [TestCase("iversion", MountFlags.MS_I_VERSION, "noiversion")]
    [TestCase("dirsync", MountFlags.MS_DIRSYNC, null)]
    public void A_flag_of_the_file_system_is_set_once_and_taken_back(string option, MountFlags flag, string? opposite)
    {
        MountOptions twice = MountOptions.Parse([option, option]);

        Assert.That((twice.FileSystemFlags, twice.Flags), Is.EqualTo((flag, flag)));
        Assert.That(twice.FileSystemFlagNames, Is.EqualTo(new[] { option }));
        Assert.That(twice.Data, Is.Empty);
        if (opposite is not null)
        {
            MountOptions back = MountOptions.Parse([option, opposite]);
            MountOptions again = MountOptions.Parse([opposite, option]);

            Assert.That((back.FileSystemFlags, back.FileSystemFlagNames.Count, back.Data.Count), Is.EqualTo((MountFlags.None, 0, 0)));
            Assert.That(again.FileSystemFlags, Is.EqualTo(flag));
        }
    }

    [TestCase("ro", MountFlags.MS_RDONLY)]
    [TestCase("nosuid", MountFlags.MS_NOSUID)]
    [TestCase("nodev", MountFlags.MS_NODEV)]
    [TestCase("noexec", MountFlags.MS_NOEXEC)]
    [TestCase("noatime", MountFlags.MS_NOATIME)]
    [TestCase("strictatime", MountFlags.MS_STRICTATIME)]
    [TestCase("nodiratime", MountFlags.MS_NODIRATIME)]
    [TestCase("nosymfollow", MountFlags.MS_NOSYMFOLLOW)]
    [TestCase("relatime", MountFlags.None)]
    [TestCase("rw", MountFlags.None)]
    [TestCase("rro", MountFlags.None, TestName = "mount(2) knows nothing of what is below")]
    public void Attributes_are_flags_for_mount_2(string option, MountFlags flags) =>
        Assert.That(MountOptions.Parse([option]).Flags, Is.EqualTo(flags));

    [TestCase("bind", true, false, false)]
    [TestCase("rbind", true, true, false)]
    [TestCase("remount", false, false, true)]
    [TestCase("remount bind", true, false, true)]
    [TestCase("bind rbind", true, true, false)]
    [TestCase("ro", false, false, false)]
    public void The_kind_of_mount_is_told(string options, bool bind, bool recursive, bool remount)
    {
        MountOptions parsed = MountOptions.Parse(options.Split(' '));

        Assert.That((parsed.Bind, parsed.Recursive, parsed.Remount, parsed.Data.Count), Is.EqualTo((bind, recursive, remount, 0)));
    }

    [TestCase("ro", true)]
    [TestCase("rw ro", true)]
    [TestCase("ro rw", false)]
    [TestCase("rw", false)]
    [TestCase("", false)]
    public void Read_only_is_what_the_last_option_says(string options, bool expected) =>
        Assert.That(MountOptions.Parse(options.Split(' ')).ReadOnly, Is.EqualTo(expected));

    [Test]
    public void Mappings_and_copies_are_noticed()
    {
        MountOptions options = MountOptions.Parse(["tmpcopyup", "idmap", "ridmap"]);

        Assert.That((options.CopyUp, options.IdMap, options.Data.Count), Is.EqualTo((true, "ridmap", 0)));
        Assert.That((MountOptions.None.CopyUp, MountOptions.None.IdMap), Is.EqualTo((false, (string?)null)));
    }

    [Test]
    public void What_is_unknown_is_the_file_systems_in_its_order()
    {
        MountOptions options = MountOptions.Parse(["size=64m", "ro", "mode=1777", "size=64m", "RO", "rofl", "rr", "context=\"a,b\""]);

        Assert.That(options.Data, Is.EqualTo(new[] { "size=64m", "mode=1777", "size=64m", "RO", "rofl", "rr", "context=\"a,b\"" }));
        Assert.That(options.JoinedData, Is.EqualTo("size=64m,mode=1777,size=64m,RO,rofl,rr,context=\"a,b\""));
    }

    [Test]
    public void No_options_are_none()
    {
        foreach (MountOptions options in new[] { MountOptions.Parse([]), MountOptions.Parse(["", "defaults", "silent", "loud"]) })
        {
            Assert.That(AttributesOf(options), Is.EqualTo((MountAttributes.None, MountAttributes.None, MountAttributes.None, MountAttributes.None)));
            Assert.That((options.Flags, options.JoinedData, options.Propagation.Count), Is.EqualTo((MountFlags.None, (string?)null, 0)));
        }
    }

    [Test]
    public void A_default_is_added_unless_the_document_has_one_and_changes_only_the_copy()
    {
        MountOptions without = MountOptions.Parse(["ro", "uid=5"]);
        MountOptions with = MountOptions.Parse(["gid=7"]);

        Assert.That(without.WithData("gid=", "5").Data, Is.EqualTo(new[] { "gid=5", "uid=5" }), "so that one in a text of several wins");
        Assert.That(without.WithData("gid=", "5").ReadOnly, Is.True);
        Assert.That(with.WithData("gid=", "5").Data, Is.EqualTo(new[] { "gid=7" }));
        Assert.That(without.Data, Is.EqualTo(new[] { "uid=5" }));
        Assert.That(MountOptions.None.WithData("mode=", "755").JoinedData, Is.EqualTo("mode=755"));
        Assert.That(MountOptions.None.Data, Is.Empty);
    }

    [Test]
    public void Flags_for_the_file_system_come_last_and_change_only_the_copy()
    {
        MountOptions options = MountOptions.Parse(["nosuid", "a"]);

        MountOptions more = options.WithFlags(["b", "c=1"]);

        Assert.That(more.JoinedData, Is.EqualTo("a,b,c=1"));
        Assert.That(more.Set, Is.EqualTo(MountAttributes.MOUNT_ATTR_NOSUID));
        Assert.That(options.JoinedData, Is.EqualTo("a"));
        Assert.That(options.WithFlags([]).JoinedData, Is.EqualTo("a"));
    }

    [Test]
    public void Known_is_sorted_and_has_nothing_twice() =>
        Assert.That(MountOptions.Known, Is.EqualTo(MountOptions.Known.Distinct().Order(StringComparer.Ordinal)));

    [TestCaseSource(nameof(EveryKnown))]
    public void A_known_option_is_not_left_to_the_file_system(string option) =>
        Assert.That(MountOptions.Parse([option]).Data, Is.Empty);

    [Test]
    public void Known_is_all_that_is_understood()
    {
        string[] words = [.. MountOptions.Known, .. NeverUnderstood];
        IEnumerable<string> candidates = words.SelectMany(static word => new[] { word, "r" + word, "no" + word, "rno" + word, word.TrimStart('r'), word.Replace("no", "", StringComparison.Ordinal) });

        IEnumerable<string> understood = candidates.Where(static word => word.Length > 0 && MountOptions.Parse([word]).Data.Count == 0).Distinct();

        Assert.That(understood, Is.EquivalentTo(MountOptions.Known));
    }

    [TestCaseSource(nameof(NeverUnderstood))]
    public void Another_spelling_is_left_to_the_file_system(string option) =>
        Assert.That(MountOptions.Parse([option]).Data, Is.EqualTo(new[] { option }));

    private static IReadOnlyList<string> EveryKnown => MountOptions.Known;

    private static (MountAttributes Set, MountAttributes Clear, MountAttributes RecursiveSet, MountAttributes RecursiveClear) AttributesOf(MountOptions options) =>
        (options.Set, options.Clear, options.RecursiveSet, options.RecursiveClear);
}
