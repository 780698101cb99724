using System.Globalization;
using System.Text;
using Bulkhead.Cgroups.Systemd.Bus;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Processes;

namespace Bulkhead.Cgroups.Systemd;

/// <summary>The systemd that is asked for units: the system's, or the user's own. Connects when it is first asked.</summary>
/// <remarks>org.freedesktop.systemd1(5).</remarks>
internal sealed class SystemdManager(bool isOfUser) : IDisposable
{
    private const string Destination = "org.freedesktop.systemd1";
    private const string Path = "/org/freedesktop/systemd1";
    private const string Manager = "org.freedesktop.systemd1.Manager";
    private const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
    private const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    private const int MostBytes = 1 << 16;

    private BusConnection? _bus;
    private bool _hearsOfJobs;

    /// <summary>Whether the calling user's own systemd has to be asked: only root may ask the system's.</summary>
    /// <remarks>Root of a user namespace is a user to systemd, unless nothing points at a systemd of that user's.</remarks>
    internal static bool IsOfUser() =>
        ProcessIdentity.EffectiveUser != 0 || (IsInUserNamespace() && (Variable("DBUS_SESSION_BUS_ADDRESS") ?? Variable("XDG_RUNTIME_DIR")) is not null);

    /// <summary>Connects, if that has not been done yet.</summary>
    /// <exception cref="CgroupException">systemd can't be reached; the message has each place that was tried.</exception>
    internal void Connect() => Explain("make a unit for the cgroup", () => Bus());

    /// <summary>The cgroup that all of this systemd's units are in; empty for the root.</summary>
    internal string ReadControlGroup() => Layout.CgroupPath.Clean(ReadProperty("ControlGroup"));

    /// <summary>Makes a unit, and waits until it is there. One of that name that has failed and was left over is forgotten first.</summary>
    /// <exception cref="CgroupException">systemd refuses, or can't be reached.</exception>
    internal void Start(string unit, List<UnitProperty> properties) => Explain($"start the unit \"{unit}\"", () =>
    {
        DropWhatIsTooNew(properties);
        BusValue[] arguments = [BusValue.Of(unit), BusValue.Of("replace"), UnitProperty.ToArgument(properties), new BusArray("(sa(sv))", [])];
        string job;
        try
        {
            job = StartJob("StartTransientUnit", arguments);
        }
        catch (BusException error) when (error.Name == UnitExists)
        {
            ResetFailed(unit);
            job = StartJob("StartTransientUnit", arguments);
        }

        if (WaitForJob(job) is var result and not "done")
        {
            ResetFailed(unit);
            throw new BusException($"the job ended with \"{result}\"");
        }
    });

    /// <summary>Stops a unit, and waits until it has; there need not be one.</summary>
    /// <exception cref="CgroupException">systemd refuses, or can't be reached.</exception>
    internal void Stop(string unit) => Explain($"stop the unit \"{unit}\"", () =>
    {
        try
        {
            WaitForJob(StartJob("StopUnit", [BusValue.Of(unit), BusValue.Of("replace")]));
        }
        catch (BusException error) when (error.Name == NoSuchUnit)
        {
            // A scope goes with its last process.
            return;
        }

        ResetFailed(unit);
    });

    /// <summary>Moves a process into the cgroup of a unit that is delegated (systemd 238).</summary>
    /// <exception cref="CgroupException">systemd refuses, or can't be reached.</exception>
    internal void Attach(string unit, int process) => Explain($"attach a process to the unit \"{unit}\"", () =>
        Call("AttachProcessesToUnit", [BusValue.Of(unit), BusValue.Of(""), new BusArray("u", [BusValue.Of((uint)process)])]));

    /// <summary>Changes properties of a unit, until the next boot.</summary>
    /// <exception cref="CgroupException">systemd refuses, or can't be reached.</exception>
    internal void Set(string unit, List<UnitProperty> properties) => Explain($"set properties of the unit \"{unit}\"", () =>
    {
        DropWhatIsTooNew(properties);
        if (properties.Count > 0)
        {
            Call("SetUnitProperties", [BusValue.Of(unit), BusValue.Of(true), UnitProperty.ToArgument(properties)]);
        }
    });

    /// <summary>Closes the connection, if there is one.</summary>
    public void Dispose() => _bus?.Dispose();

    /// <summary>The number in a version such as <c>252.39-1~deb12u2</c> or <c>v245</c>; 0 when there is none.</summary>
    internal static int ParseVersion(string text)
    {
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart('v');
        int end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool IsInUserNamespace()
    {
        using FileDescriptor map = FileDescriptor.Open("/proc/self/uid_map", Linux.Files.FileMode.Read);
        return StatisticsText.Numbers(Encoding.ASCII.GetString(map.ReadToEnd(MostBytes))) is not [0, 0, uint.MaxValue];
    }

    /// <summary>Where systemd may be asked, in the order of trying: directly where it listens itself, which is quicker.</summary>
    private List<BusAddress> Addresses()
    {
        if (!isOfUser)
        {
            return Variable("DBUS_SYSTEM_BUS_ADDRESS") is { } system ? BusAddress.Parse(system)
                : [new BusAddress("/run/systemd/private", IsManagers: true), new BusAddress("/run/dbus/system_bus_socket", IsManagers: false)];
        }

        if (Variable("DBUS_SESSION_BUS_ADDRESS") is { } session)
        {
            return BusAddress.Parse(session);
        }

        string folder = Variable("XDG_RUNTIME_DIR") ?? string.Create(CultureInfo.InvariantCulture, $"/run/user/{ProcessIdentity.EffectiveUser}");
        return [new BusAddress($"{folder}/bus", IsManagers: false), new BusAddress($"{folder}/systemd/private", IsManagers: true)];
    }

    private BusConnection Bus()
    {
        if (_bus is not null)
        {
            return _bus;
        }

        try
        {
            return _bus = BusConnection.Connect(Addresses());
        }
        catch (BusException error)
        {
            string whose = isOfUser ? "the user's own systemd" : "systemd";
            throw new BusException($"{whose} can't be reached: {(error.Message.Length > 0 ? error.Message : "the bus's address in the environment has no unix socket")}");
        }
    }

    private BusMessage Call(string member, ReadOnlySpan<BusValue> arguments)
    {
        BusConnection bus = Bus();
        return bus.WaitForAnswer(bus.Send(Destination, Path, Manager, member, arguments));
    }

    private string StartJob(string member, ReadOnlySpan<BusValue> arguments)
    {
        BusConnection bus = Bus();
        if (!_hearsOfJobs && !bus.IsManagers)
        {
            bus.Send("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", [BusValue.Of($"type='signal',sender='{Destination}',member='JobRemoved'")]);
            bus.Send(Destination, Path, Manager, "Subscribe", []);
        }

        _hearsOfJobs = true;
        BusReader answer = new(Call(member, arguments).Body.Span);
        return answer.ReadText();
    }

    /// <returns>How it ended: <c>done</c>, <c>failed</c>, <c>timeout</c> and so on.</returns>
    private string WaitForJob(string job)
    {
        string result = "";
        Bus().WaitForSignal("JobRemoved", message =>
        {
            // (number, job, unit, result)
            BusReader body = new(message.Body.Span);
            body.ReadUInt32();
            bool isIt = body.ReadText() == job;
            body.ReadText();
            result = body.ReadText();
            return isIt;
        });
        return result;
    }

    private void ResetFailed(string unit)
    {
        try
        {
            Call("ResetFailedUnit", [BusValue.Of(unit)]);
        }
        catch (BusException error) when (error.Name is not null)
        {
            // There is none, or it has not failed: what comes of that is told by whoever needs it away.
        }
    }

    private string ReadProperty(string name)
    {
        string value = "";
        Explain($"read the property \"{name}\" of systemd", () =>
        {
            BusConnection bus = Bus();
            uint number = bus.Send(Destination, Path, "org.freedesktop.DBus.Properties", "Get", [BusValue.Of(Manager), BusValue.Of(name)]);
            BusReader body = new(bus.WaitForAnswer(number).Body.Span);
            value = body.ReadSignature() == "s" ? body.ReadText() : throw new BusException("it is no text");
        });
        return value;
    }

    /// <summary>Leaves properties out that this systemd does not know yet: the control files have them all the same.</summary>
    private void DropWhatIsTooNew(List<UnitProperty> properties)
    {
        if (properties.Exists(static property => property.Since > 0) && ParseVersion(ReadProperty("Version")) is var version)
        {
            properties.RemoveAll(property => property.Since > version);
        }
    }

    private static void Explain(string operation, Action act)
    {
        try
        {
            act();
        }
        catch (BusException error)
        {
            throw new CgroupException($"{operation}: {error.Message}", error);
        }
    }
}
