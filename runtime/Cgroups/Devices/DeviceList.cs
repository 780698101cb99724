using System.Globalization;

namespace Bulkhead.Cgroups.Devices;

/// <summary>Devices and accesses that are not treated as a cgroup's others.</summary>
internal readonly record struct DeviceException(DeviceSet Devices, DeviceAccess Access);

/// <summary>The state of a cgroup of the v1 devices controller: a default and the exceptions from it.</summary>
/// <remarks>
/// kernel, security/device_cgroup.c. A write of everything (<c>a</c>) sets the default and forgets the exceptions; another
/// adds to the exceptions, or takes from the one with just these numbers. So a rule that is narrower than an exception
/// which it should cut into can't be expressed, and is refused here, where the kernel would ignore it.
/// </remarks>
internal sealed class DeviceList
{
    // A list and not a dictionary: there are a dozen, and the usual container is made once in a process.
    private readonly List<DeviceException> _exceptions = [];

    /// <summary>Whether all but the exceptions is allowed; else all but the exceptions is denied.</summary>
    internal bool AllowsByDefault { get; private set; }

    /// <summary>The exceptions, in the order in which they came.</summary>
    internal IReadOnlyList<DeviceException> Exceptions => _exceptions;

    /// <summary>The state of a cgroup of which nothing is known: all of it will be written anew.</summary>
    internal static DeviceList Unknown => new() { AllowsByDefault = true };

    /// <summary>The state that a list of rules asks for.</summary>
    /// <exception cref="CgroupException">A rule that this controller can't express.</exception>
    internal static DeviceList From(ReadOnlySpan<DeviceRule> rules)
    {
        DeviceList list = new();
        foreach (DeviceRule rule in rules)
        {
            list.Add(rule);
        }

        return list;
    }

    /// <summary>Reads <c>devices.list</c>, which shows what is allowed.</summary>
    /// <remarks>It does not show the exceptions of a cgroup that allows by default; such a one shows as <c>a *:* rwm</c> alone.</remarks>
    internal static DeviceList Parse(string text)
    {
        DeviceList list = new();
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("a "))
            {
                list.AllowsByDefault = true;
                list._exceptions.Clear();
            }
            else if (ReadLine(line) is var (devices, access))
            {
                list.Except(devices, access);
            }
        }

        return list;
    }

    /// <summary>What to write to get from one state to another, in this order, each to <c>devices.allow</c> or <c>devices.deny</c>.</summary>
    /// <remarks>
    /// What both states have is not touched, so that a container which only keeps what it has never misses it. From a
    /// state that allows by default everything is written anew: its exceptions are not known.
    /// </remarks>
    internal static List<DeviceRule> Transition(DeviceList from, DeviceList to)
    {
        List<DeviceRule> writes = [];
        bool anew = from.AllowsByDefault || from.AllowsByDefault != to.AllowsByDefault;
        if (anew)
        {
            writes.Add(new DeviceRule(to.AllowsByDefault, DeviceSet.Everything, DeviceAccess.All));
        }
        else
        {
            foreach ((DeviceSet devices, DeviceAccess access) in from._exceptions)
            {
                Add(devices, access & ~to.ExceptionFor(devices), to.AllowsByDefault);
            }
        }

        foreach ((DeviceSet devices, DeviceAccess access) in to._exceptions)
        {
            Add(devices, anew ? access : access & ~from.ExceptionFor(devices), !to.AllowsByDefault);
        }

        return writes;

        void Add(DeviceSet devices, DeviceAccess access, bool allow)
        {
            if (access != DeviceAccess.None)
            {
                writes.Add(new DeviceRule(allow, devices, access));
            }
        }
    }

    /// <summary>Whether the kernel would allow an access of one kind in this state.</summary>
    internal bool Allows(DeviceSet device, DeviceAccess access)
    {
        foreach ((DeviceSet devices, DeviceAccess excepted) in _exceptions)
        {
            if (devices.Contains(device) && (excepted & access) != DeviceAccess.None)
            {
                return !AllowsByDefault;
            }
        }

        return AllowsByDefault;
    }

    private void Add(DeviceRule rule)
    {
        if (rule.Devices.Kind == DeviceKind.All)
        {
            AllowsByDefault = rule.Allow;
            _exceptions.Clear();
        }
        else if (rule.Allow == AllowsByDefault)
        {
            Cut(rule);
        }
        else
        {
            Except(rule.Devices, rule.Access);
        }
    }

    private void Cut(DeviceRule rule)
    {
        for (int i = _exceptions.Count - 1; i >= 0; i--)
        {
            (DeviceSet devices, DeviceAccess access) = _exceptions[i];
            if ((access & rule.Access) == DeviceAccess.None || !devices.Overlaps(rule.Devices))
            {
                continue;
            }

            if (!rule.Devices.Contains(devices))
            {
                string verb = rule.Allow ? "allow" : "deny";
                throw new CgroupException(
                    $"linux.resources.devices: cgroup v1 can't {verb} {rule.Devices} {DeviceRule.Letters(rule.Access)} out of {devices} {DeviceRule.Letters(access)}");
            }

            if ((access & ~rule.Access) is not DeviceAccess.None and var left)
            {
                _exceptions[i] = new DeviceException(devices, left);
            }
            else
            {
                _exceptions.RemoveAt(i);
            }
        }
    }

    private void Except(DeviceSet devices, DeviceAccess access)
    {
        for (int i = 0; i < _exceptions.Count; i++)
        {
            if (_exceptions[i].Devices == devices)
            {
                _exceptions[i] = new DeviceException(devices, _exceptions[i].Access | access);
                return;
            }
        }

        _exceptions.Add(new DeviceException(devices, access));
    }

    private DeviceAccess ExceptionFor(DeviceSet devices)
    {
        foreach (DeviceException exception in _exceptions)
        {
            if (exception.Devices == devices)
            {
                return exception.Access;
            }
        }

        return DeviceAccess.None;
    }

    private static (DeviceSet Devices, DeviceAccess Access)? ReadLine(ReadOnlySpan<char> line)
    {
        // "c 136:* rwm"
        int colon = line.IndexOf(':');
        int space = line.LastIndexOf(' ');
        if (line.Length < 7 || line[1] != ' ' || colon < 3 || space < colon + 2
            || DeviceRule.ReadLetters(line[(space + 1)..]) is not { } access)
        {
            return null;
        }

        DeviceKind kind = line[0] == 'b' ? DeviceKind.Block : DeviceKind.Character;
        return (new DeviceSet(kind, ReadNumber(line[2..colon]), ReadNumber(line[(colon + 1)..space])), access);
    }

    private static uint? ReadNumber(ReadOnlySpan<char> text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
