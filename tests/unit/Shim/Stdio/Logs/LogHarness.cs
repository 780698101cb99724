using System.Text;
using System.Text.Json;
using Bulkhead.Shim.Loop;
using Bulkhead.Shim.Stdio;
using Bulkhead.Shim.Stdio.Logs;
using Bulkhead.Tests.Unit.Linux;
using Bulkhead.Tests.Unit.Ttrpc;
using NUnit.Framework;

namespace Bulkhead.Tests.Unit.Shim.Stdio.Logs;

/// <summary>A loop and a folder for a log; at its end no descriptor may be left open.</summary>
internal sealed class LogHarness : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly int _descriptorsBefore = Descriptors();

    public EventLoop Loop { get; } = new();

    public ManualTime Time { get; } = new();

    public List<string> Reports { get; } = [];

    public string Log => $"{_folder.Root}/log";

    public string Socket => $"{_folder.Root}/attach";

    /// <summary>How many files of temporary folders and sockets are open.</summary>
    public static int Descriptors() =>
        Directory.GetFileSystemEntries("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget is { } target
            && (target.Contains("/bulkhead-", StringComparison.Ordinal) || target.StartsWith("socket:", StringComparison.Ordinal)));

    public LogSink Open(LogKind kind, long maxSize = 0, int maxFiles = 1, bool attach = false) =>
        LogSink.Open(Loop, new LogAddress(kind, kind is LogKind.None ? "" : Log, maxSize, maxFiles, attach ? Socket : null), Reports.Add, Time);

    /// <summary>Writes all of it in one go, and closes the log.</summary>
    public void Write(LogKind kind, string output, long maxSize = 0, int maxFiles = 1)
    {
        Loop.Run(async () =>
        {
            await using LogSink sink = Open(kind, maxSize, maxFiles);
            await sink.WriteAsync(OutputStream.Stdout, Encoding.UTF8.GetBytes(output));
            await sink.EndAsync(OutputStream.Stdout);
        });
    }

    public string Read(string suffix = "") => File.ReadAllText(Log + suffix);

    /// <summary>The files of the log, the oldest first.</summary>
    public string[] Files() => [.. Enumerable.Range(1, 2000).Select(i => $"{Log}.{i}").TakeWhile(File.Exists).Reverse(), Log];

    /// <summary>The output of a stream as whoever reads the files would put it together.</summary>
    public byte[] Output(LogKind kind, OutputStream stream)
    {
        using MemoryStream output = new();
        string name = stream is OutputStream.Stdout ? "stdout" : "stderr";
        foreach (string file in Files())
        {
            byte[] bytes = File.ReadAllBytes(file);
            foreach (byte[] line in LinesOf(bytes))
            {
                AddRecord(kind, line, name, output);
            }
        }

        return output.ToArray();
    }

    public void Dispose()
    {
        int descriptors = Descriptors();
        Loop.Dispose();
        _folder.Dispose();
        Assert.That(descriptors, Is.EqualTo(_descriptorsBefore), "descriptors are left open");
    }

    private static IEnumerable<byte[]> LinesOf(byte[] bytes)
    {
        int start = 0;
        while (start < bytes.Length)
        {
            int end = Array.IndexOf(bytes, (byte)'\n', start);
            Assert.That(end, Is.GreaterThanOrEqualTo(0), "a record without its end");
            yield return bytes[start..end];
            start = end + 1;
        }
    }

    private static void AddRecord(LogKind kind, byte[] line, string name, MemoryStream output)
    {
        if (kind is LogKind.JsonFile)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Assert.That(document.RootElement.EnumerateObject().Select(property => property.Name), Is.EqualTo(new[] { "log", "stream", "time" }));
            if (document.RootElement.GetProperty("stream").GetString() == name)
            {
                output.Write(Encoding.UTF8.GetBytes(document.RootElement.GetProperty("log").GetString()!));
            }

            return;
        }

        string text = Encoding.Latin1.GetString(line);
        string[] parts = text.Split(' ', 4);
        if (parts[1] == name)
        {
            output.Write(Encoding.Latin1.GetBytes(parts[3]));
            if (parts[2] == "F")
            {
                output.WriteByte((byte)'\n');
            }
        }
    }
}
