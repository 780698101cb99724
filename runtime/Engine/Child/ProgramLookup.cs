using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Runtime.Child;

/// <summary>Finds the program that the process is to become, in the container's own file tree.</summary>
[ChildSafe]
internal static class ProgramLookup
{
    /// <summary>Gives the path to execute.</summary>
    /// <param name="program">A path when it has a slash, else a name that is looked up.</param>
    /// <param name="searchPath">Folders with colons between them; an empty one is the working directory.</param>
    /// <exception cref="IOException">There is none, or it can't be executed; in the words that callers look for.</exception>
    public static string Find(string program, string searchPath)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            Errno answer = Check(program);
            return answer == Errno.None ? program : throw Refusal(answer);
        }

        Errno refused = Errno.None;
        foreach (string folder in searchPath.Split(':'))
        {
            string path = folder.Length == 0 ? $"./{program}" : $"{folder}/{program}";
            Errno error = Check(path);
            if (error == Errno.None)
            {
                return path;
            }

            refused = error is Errno.EACCES ? error : refused;
        }

        throw refused == Errno.None
            ? new IOException("executable file not found in $PATH")
            : Refusal(refused);
    }

    // Docker's client tells by the kernel's words as Go has them, in lower case, whether to end with 127 or with 126. To
    // execve, and so to it, a directory is a file that may not be executed.
    private static IOException Refusal(Errno answer)
    {
        if (answer == Errno.EISDIR)
        {
            return new IOException("is a directory: permission denied (EACCES)");
        }

        string words = LinuxException.Describe(answer);
        return new IOException(char.ToLowerInvariant(words[0]) + words[1..]);
    }

    private static Errno Check(string path)
    {
        try
        {
            FileAccessCheck.RequireExecutable(path);
            return Errno.None;
        }
        catch (LinuxException error)
        {
            return error.Error;
        }
    }
}
