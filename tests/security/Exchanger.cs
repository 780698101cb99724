using System.Diagnostics;
using Bulkhead.Tests.Support;

namespace Bulkhead.Tests.Security;

/// <summary>A process that exchanges two names for each other, again and again, as quickly as it can.</summary>
internal sealed class Exchanger : IDisposable
{
    private readonly Process _process;

    /// <summary>Begins.</summary>
    /// <param name="folder">Where its program goes.</param>
    /// <param name="first">A path.</param>
    /// <param name="second">Another one on the same file system.</param>
    public Exchanger(TemporaryFolder folder, string first, string second)
    {
        string program = folder.File("exchanger");
        CProgram.Compile(program, """
            #include <fcntl.h>
            #include <stdio.h>
            int main(int count, char **names)
            {
                for (;;)
                    if (renameat2(AT_FDCWD, names[1], AT_FDCWD, names[2], RENAME_EXCHANGE) < 0)
                        return 1;
            }
            """);
        _process = Process.Start(program, [first, second]);
    }

    /// <summary>Whether it is still at it.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
