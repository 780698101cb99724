using System.Net;
using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Which hosts are in <see cref="RegistryOptions.Insecure"/>.</summary>
internal sealed class InsecureRegistries
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _ranges = [];

    /// <exception cref="CoreException">Invalid: an entry is neither a host nor a range.</exception>
    public InsecureRegistries(IReadOnlyList<string> entries)
    {
        foreach (string entry in entries)
        {
            if (IPNetwork.TryParse(entry, out IPNetwork range))
            {
                _ranges.Add(range);
            }
            else if (ReferenceGrammar.IsDomain(entry))
            {
                _names.Add(entry);
            }
            else
            {
                throw new CoreException(ErrorKind.Invalid, $"insecure registry \"{ReferenceGrammar.Clip(entry)}\": neither a host nor a range of addresses such as 10.0.0.0/8");
            }
        }
    }

    /// <summary>Whether a host is listed.</summary>
    public bool Contains(Uri address) => _names.Contains(address.Authority) || _names.Contains(address.Host) || IsInRange(address);

    private bool IsInRange(Uri address)
    {
        IPAddress? ip = address.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(address.DnsSafeHost, out IPAddress? literal) ? literal : null;
        return ip is not null && _ranges.Exists(range => range.Contains(ip));
    }
}
