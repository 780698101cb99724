using System.Globalization;
using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Seccomp;

/// <summary>The libseccomp that is linked in.</summary>
public static class SeccompLibrary
{
    /// <summary>Its version: <c>2.5.4</c>.</summary>
    /// <remarks>seccomp_version(3).</remarks>
    public static string Version
    {
        get
        {
            // Sound: the library gives a constant of its own, of three numbers.
            unsafe
            {
                uint* numbers = LibSeccomp.Version();
                return string.Create(CultureInfo.InvariantCulture, $"{numbers[0]}.{numbers[1]}.{numbers[2]}");
            }
        }
    }
}
