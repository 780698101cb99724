using System.Reflection;

namespace Bulkhead.Tests.Support;

/// <summary>Where the things under test lie.</summary>
public static class Repository
{
    /// <summary>The repository's top folder, as it was when the tests were compiled.</summary>
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!.TrimEnd('/');

    /// <summary>
    /// The OCI runtime under test: <c>artifacts/bin/runtime</c>, or what <c>BULKHEAD_TEST_RUNTIME</c> names, so that a
    /// test can be tried on an established runtime and we know whose failure it is.
    /// </summary>
    public static string RuntimeBinary { get; } =
        Environment.GetEnvironmentVariable("BULKHEAD_TEST_RUNTIME") is { Length: > 0 } other
            ? other
            : Path.Combine(Root, "artifacts/bin/runtime");

    /// <summary>The shim under test: <c>artifacts/bin/shim</c>, or what <c>BULKHEAD_TEST_SHIM</c> names.</summary>
    public static string ShimBinary { get; } =
        Environment.GetEnvironmentVariable("BULKHEAD_TEST_SHIM") is { Length: > 0 } other
            ? other
            : Path.Combine(Root, "artifacts/bin/shim");

    /// <summary>The global options that every command of the runtime gets: the words of <c>BULKHEAD_TEST_OPTIONS</c>.</summary>
    public static string[] RuntimeOptions { get; } =
        (Environment.GetEnvironmentVariable("BULKHEAD_TEST_OPTIONS") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
