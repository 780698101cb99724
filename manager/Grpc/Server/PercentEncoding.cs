using System.Buffers;
using System.Text;

namespace Grpc.AspNetCore.Server;

/// <summary>The value of grpc-message: UTF-8 with all but printable ASCII, and the percent sign, written as <c>%XX</c>.</summary>
/// <remarks>gRPC, doc/PROTOCOL-HTTP2.md, "Status-Message".</remarks>
internal static class PercentEncoding
{
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(s_plain))
        {
            return text;
        }

        StringBuilder encoded = new(2 * text.Length);
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            _ = s_plain.Contains((char)value) ? encoded.Append((char)value) : encoded.Append('%').Append(Convert.ToHexString([value]));
        }

        return encoded.ToString();
    }
}
