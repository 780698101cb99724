using System.Text;
using static Bulkhead.Runtime.Validation.Refusal;

namespace Bulkhead.Runtime.Validation;

/// <summary>Refuses what can't be a label of SELinux; whether the policy knows it, the kernel says.</summary>
/// <remarks>selinux(8); <c>user:role:type</c>, and with most policies <c>:level</c>.</remarks>
internal static class SelinuxLabelCheck
{
    // proc(5), /proc/pid/attr: what is beyond a page the kernel would cut off.
    private const int MostBytes = 4095;
    private const int FewestFields = 3;

    /// <summary>Checks a label.</summary>
    /// <param name="label">The label; null and empty mean none.</param>
    /// <param name="property">Where the document has it.</param>
    /// <exception cref="Containers.ContainerException">It is none.</exception>
    public static void Check(string? label, string property)
    {
        if (label is not { Length: > 0 })
        {
            return;
        }

        Refuse(label.Length > MostBytes || Encoding.UTF8.GetByteCount(label) > MostBytes, $"{property}: longer than {MostBytes} bytes");
        Refuse(!IsLabel(label), $"{property}: \"{label}\" is no SELinux label, such as system_u:system_r:container_t:s0");
    }

    private static bool IsLabel(string label)
    {
        int fields = 1;
        bool empty = true;
        foreach (char character in label)
        {
            // A mount's label stands between quotes, with other options behind it.
            if (char.IsControl(character) || char.IsWhiteSpace(character) || character == '"')
            {
                return false;
            }

            if (character != ':')
            {
                empty = false;
            }
            else if (empty)
            {
                return false;
            }
            else
            {
                fields++;
                empty = true;
            }
        }

        return fields >= FewestFields && !empty;
    }
}
