namespace Bulkhead.Tests.DropIn.Shim;

/// <summary>Programs of the machine's.</summary>
internal static class Programs
{
    /// <summary>The absolute path of a program in the PATH.</summary>
    public static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).First(File.Exists);
}
