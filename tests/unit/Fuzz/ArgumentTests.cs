using Bulkhead.Runtime.Cli;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Fuzz;

/// <summary>Whatever stands on the command line is read to its end or refused.</summary>
[TestFixture]
internal sealed class ArgumentTests
{
    private static readonly string[] s_pieces =
        ["", "-", "--", "---", "-x", "--x", "--text", "--text=", "--text=a=b", "-t", "-t=1", "--switch", "--switch=maybe", "--switch=0", "--number", "--number=-1", "--number=99999999999999999999", "--help", "-h", "id", "\0", "--=", "-=", "--text\n", "é"];

    [Test]
    public void Arguments_are_read_to_the_end_or_refused() => AnySeed.Holds(random =>
    {
        string[] arguments = random.PickSome(10, s_pieces);
        ArgumentReader reader = new(arguments, random.Pick(0, 1, 2, int.MaxValue));
        int read = 0;
        try
        {
            while (reader.NextOption())
            {
                read++;
                if (reader.Is("text", 't'))
                {
                    reader.ReadText();
                }
                else if (reader.Is("switch"))
                {
                    reader.ReadSwitch();
                }
                else if (reader.Is("number"))
                {
                    reader.ReadNumber(least: 0);
                }
                else
                {
                    throw reader.Unknown();
                }
            }

            return read + reader.Operands.Count <= arguments.Length && reader.Operands.All(arguments.Contains);
        }
        catch (Exception error) when (error is UsageException or HelpRequest)
        {
            return true;
        }
    }, tests: 5000);
}
