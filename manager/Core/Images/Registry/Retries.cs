using Bulkhead.Manager.Core.Errors;

namespace Bulkhead.Manager.Core.Images.Registry;

/// <summary>Does what may go better another time again, with pauses that double.</summary>
internal sealed class Retries(RegistryOptions options, TimeProvider time)
{
    /// <summary>Tries until it goes well, fails for good, or has failed too often.</summary>
    /// <param name="isPatient">Whether to try again where not even a connection could be made.</param>
    /// <param name="attempt">Tries once; a failure after it has got further than before is counted as the first.</param>
    /// <param name="progress">How far it has got, in bytes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CoreException">Unavailable, with the last cause.</exception>
    public async Task<T> RunAsync<T>(bool isPatient, Func<Task<T>> attempt, Func<long> progress, CancellationToken cancellation)
    {
        const long WorthCounting = 1 << 20;
        long before = progress();
        for (int failures = 0; ;)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (TransientException error)
            {
                failures = progress() - before >= WorthCounting ? 1 : failures + 1;
                before = progress();
                TimeSpan pause = Pause(failures, error.Pause);
                if (failures >= options.Attempts || error.Pause > options.LongestPause || (error.IsUnreachable && !isPatient))
                {
                    string tried = failures > 1 ? $" (tried {failures} times)" : "";
                    throw new CoreException(ErrorKind.Unavailable, error.Message + tried, error);
                }

                await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
            }
        }
    }

    // Half of it by chance, so that those who have failed together do not all come back together.
    private TimeSpan Pause(int failures, TimeSpan? wanted)
    {
        TimeSpan doubled = options.FirstPause * Math.Pow(2, Math.Min(failures - 1, 30));
        TimeSpan longest = doubled < options.LongestPause ? doubled : options.LongestPause;
        return wanted ?? (longest * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
