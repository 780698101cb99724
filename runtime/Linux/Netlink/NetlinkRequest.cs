using System.Buffers.Binary;
using System.Text;

namespace Bulkhead.Linux.Netlink;

/// <summary>A message to the kernel: a header, a structure of the message's type, and attributes.</summary>
/// <remarks>netlink(7): <c>struct nlmsghdr</c>; rtnetlink(7): <c>struct rtattr</c>. Everything begins at a multiple of 4 bytes.</remarks>
public sealed class NetlinkRequest
{
    internal const int HeaderBytes = 16;

    private const ushort NLM_F_REQUEST = 1;
    private const int AttributeHeaderBytes = 4;

    private readonly List<byte> _bytes = [];

    /// <summary>Begins one.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="flags">Beside NLM_F_REQUEST.</param>
    /// <param name="structure">What follows the header.</param>
    internal NetlinkRequest(ushort type, ushort flags, ReadOnlySpan<byte> structure)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)(flags | NLM_F_REQUEST));
        _bytes.AddRange(header);
        _bytes.AddRange(structure);
    }

    /// <summary>A length up to the next beginning.</summary>
    internal static int Aligned(int length) => (length + 3) & ~3;

    internal NetlinkRequest With(ushort attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> header = stackalloc byte[AttributeHeaderBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(AttributeHeaderBytes + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], attribute);
        _bytes.AddRange(header);
        _bytes.AddRange(value);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    internal NetlinkRequest With(ushort attribute, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return With(attribute, bytes);
    }

    internal NetlinkRequest With(ushort attribute, string text) => With(attribute, Encoding.UTF8.GetBytes($"{text}\0"));

    internal byte[] Finish()
    {
        byte[] bytes = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return bytes;
    }
}
