using System.Globalization;
using Bulkhead.Runtime.Containers;

namespace Bulkhead.Runtime.Cli.Commands;

/// <summary><c>list</c> shows the containers of a state root.</summary>
internal static class ListCommand
{
    internal const string Help = """
        usage: runtime list [options]

        Lists the containers of the state root (the global option --root).

          --format FORMAT, -f   table or json; default: table
          --quiet, -q           prints the ids alone

        """;

    internal enum Form
    {
        Table,
        Json,
        Ids,
    }

    internal static int Run(ContainerStore store, ReadOnlySpan<string> arguments)
    {
        Form form = Parse(arguments);
        UserDatabase users = UserDatabase.OfHost();
        List<Listing> listings = [];
        foreach (Container container in store.List())
        {
            listings.Add(Listing.Of(container, users.NameOf(container.Owner)));
        }

        ProcessStreams.Print(Format(form, listings));
        return ExitCode.Success;
    }

    internal static Form Parse(ReadOnlySpan<string> arguments)
    {
        Form form = Form.Table;
        bool quiet = false;
        ArgumentReader reader = new(arguments);
        while (reader.NextOption())
        {
            if (reader.Is("format", 'f')) { form = reader.ReadText() switch { null or "table" => Form.Table, "json" => Form.Json, var other => throw reader.Invalid(other, "neither table nor json") }; }
            else if (reader.Is("quiet", 'q')) { quiet = reader.ReadSwitch(); }
            else { throw reader.Unknown(); }
        }

        reader.RefuseOperands("list");
        return quiet ? Form.Ids : form;
    }

    internal static string Format(Form form, IReadOnlyList<Listing> listings)
    {
        switch (form)
        {
            case Form.Json:
                return Listing.ToJson(listings) + "\n";
            case Form.Ids:
                return string.Concat(listings.Select(listing => listing.Id + "\n"));
            default:
                List<string[]> rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]];
                foreach (Listing listing in listings)
                {
                    string pid = listing.Pid.ToString(CultureInfo.InvariantCulture);
                    rows.Add([listing.Id, pid, listing.Status, listing.Bundle, Timestamp.Format(listing.Created.UtcDateTime), listing.Owner]);
                }

                return Table.Format(rows);
        }
    }
}
