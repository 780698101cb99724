using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Security;

/// <summary>All that a profile's program depends on, as bytes: equal bytes, equal programs.</summary>
internal static class SeccompKey
{
    /// <summary>Writes the bytes.</summary>
    /// <remarks>
    /// The version of libseccomp is not in them, as asking for it would mean loading it: after its upgrade, programs made
    /// before live on until the state root is emptied, which a restart of the machine does.
    /// </remarks>
    internal static byte[] Of(SeccompProfile profile)
    {
        LinuxSeccomp document = profile.Document;
        ArrayBufferWriter<byte> writer = new(16384);
        Write(writer, SeccompCompiler.Revision);
        Write(writer, (uint)profile.Host.Native);
        Write(writer, (profile.Host.HasKillProcess ? 1u : 0) | (profile.Host.HasLog ? 2u : 0) | (profile.Host.HasNotify ? 4u : 0));
        Write(writer, (uint)profile.Flags);
        Write(writer, SeccompProfile.CodeOf(document.DefaultAction, document.DefaultErrnoRet));
        Write(writer, (uint)(document.Architectures?.Length ?? 0));
        foreach (LinuxSeccompArchitecture architecture in document.Architectures ?? [])
        {
            Write(writer, (uint)architecture);
        }

        foreach (LinuxSyscall rule in document.Syscalls ?? [])
        {
            WriteRule(writer, rule);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A quick hash, for names and against damage. Who relies on equality compares the bytes themselves.</summary>
    internal static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong multiplier = 0x9e3779b97f4a7c15;
        ulong hash = (ulong)bytes.Length * multiplier;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * multiplier, 29);
        }

        foreach (byte last in bytes)
        {
            hash = BitOperations.RotateLeft((hash ^ last) * multiplier, 29);
        }

        hash = (hash ^ hash >> 32) * multiplier;
        return hash ^ hash >> 29;
    }

    private static void WriteRule(ArrayBufferWriter<byte> writer, LinuxSyscall rule)
    {
        // Every part that can vary in length is preceded by its length, so that no two profiles give the same bytes.
        Write(writer, SeccompProfile.CodeOf(rule.Action, rule.ErrnoRet));
        Write(writer, (uint)(rule.Args?.Length ?? 0));
        foreach (LinuxSeccompArg argument in rule.Args ?? [])
        {
            Write(writer, argument.Index);
            Write(writer, (uint)argument.Op);
            Write(writer, argument.Value);
            Write(writer, argument.ValueTwo ?? 0);
        }

        Write(writer, (uint)rule.Names.Length);
        foreach (string name in rule.Names)
        {
            Span<byte> space = writer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(name.Length));
            int length = Encoding.UTF8.GetBytes(name, space[sizeof(int)..]);
            BinaryPrimitives.WriteInt32LittleEndian(space, length);
            writer.Advance(sizeof(int) + length);
        }
    }

    private static void Write(ArrayBufferWriter<byte> writer, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(writer.GetSpan(sizeof(uint)), value);
        writer.Advance(sizeof(uint));
    }

    private static void Write(ArrayBufferWriter<byte> writer, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(writer.GetSpan(sizeof(ulong)), value);
        writer.Advance(sizeof(ulong));
    }
}
