using Bulkhead.Runtime.Child;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Engine;

[TestFixture]
internal sealed class AccountsTests
{
    private const string Passwd =
        """
        root:x:0:0:root:/root:/bin/sh
        # comment:x:7:7::/comment:

        short:x:8
        short:x:8:8:no home
        nohome:x:9:9:::/bin/sh
        noshell:x:10:10::/home/noshell
        twice:x:11:11::/first:/bin/sh
        twice:x:11:11::/second:/bin/sh
        negative:x:-1:12::/negative:/bin/sh
        plus:x:+12:12::/plus:/bin/sh
        blank:x: 12:12::/blank:/bin/sh
        hex:x:0x0c:12::/hex:/bin/sh
        overflow:x:4294967296:13::/overflow:/bin/sh
        wraps:x:4294967308:12::/wraps:/bin/sh
        most:x:4294967295:13::/most:/bin/sh
        empty:x::0::/empty:/bin/sh
        more:x:14:14::/more:/bin/sh:further:fields:that:nobody:knows
        zeros:x:0015:15::/zeros:/bin/sh
        relative:x:16:16::not/absolute:/bin/sh
        secondchance:x:17:17:::/bin/sh
        secondchance:x:17:17::/later:/bin/sh
        käse:x:18:18:Käse, Brot:/home/käse with blank:/bin/sh
        """;

    [TestCase(0U, "/root")]
    [TestCase(7U, "/comment", TestName = "passwd(5) has no comments")]
    [TestCase(8U, "/", TestName = "A line with too few fields is no entry")]
    [TestCase(9U, "/", TestName = "An empty home is none")]
    [TestCase(10U, "/home/noshell", TestName = "A line without a shell has a home")]
    [TestCase(11U, "/first", TestName = "The first entry counts")]
    [TestCase(12U, "/", TestName = "What is not a plain number is no uid")]
    [TestCase(13U, "/")]
    [TestCase(14U, "/more")]
    [TestCase(15U, "/zeros")]
    [TestCase(16U, "not/absolute")]
    [TestCase(17U, "/later")]
    [TestCase(18U, "/home/käse with blank")]
    [TestCase(1000U, "/", TestName = "A user without an entry")]
    [TestCase(uint.MaxValue, "/most")]
    public void A_users_home_is_found(uint user, string home) => Assert.That(Accounts.Find(Passwd, user), Is.EqualTo(home));

    [TestCase("")]
    [TestCase("\n\n\n")]
    [TestCase(":::::::::")]
    [TestCase("::::::")]
    [TestCase("\0\0\0")]
    [TestCase("x:x:1:1::/home", TestName = "Another user's entry alone")]
    public void Without_an_entry_it_is_the_root(string passwd) => Assert.That(Accounts.Find(passwd, 0), Is.EqualTo("/"));

    [Test]
    public void The_last_line_needs_no_end() => Assert.That(Accounts.Find("a:x:1:1::/a:\nb:x:2:2::/b", 2), Is.EqualTo("/b"));

    [Test]
    public void A_very_long_line_is_only_long()
    {
        string passwd = $"{new string('x', 500_000)}:x:1:1::/{new string('h', 100_000)}:/bin/sh\nb:x:2:2::/b:";

        Assert.That(Accounts.Find(passwd, 1), Has.Length.EqualTo(100_001));
        Assert.That(Accounts.Find(passwd, 2), Is.EqualTo("/b"));
    }
}
