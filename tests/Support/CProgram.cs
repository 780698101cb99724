using System.Diagnostics;
using NUnit.Framework;

namespace Bulkhead.Tests.Support;

/// <summary>A small program in C, for what a shell can't do inside of a container.</summary>
/// <example><code>
/// CProgram.Compile(Path.Combine(bundle.Rootfs, "bin/probe"), """
///     #include &lt;stdio.h&gt;
///     int main(void) { puts("hello"); }
///     """);
/// </code></example>
public static class CProgram
{
    /// <summary>Compiles a program, statically linked so that it runs in any root file system.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="source">The program; <c>_GNU_SOURCE</c> is defined.</param>
    /// <remarks>By the linker's driver that ahead-of-time compilation needs as well.</remarks>
    public static void Compile(string path, string source)
    {
        var start = new ProcessStartInfo("gcc", ["-static", "-O1", "-w", "-D_GNU_SOURCE", "-xc", "-", "-o", path])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process compiler = Process.Start(start)!;
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string error = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.That(compiler.ExitCode, Is.Zero, error);
    }
}
