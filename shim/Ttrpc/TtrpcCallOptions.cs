using Bulkhead.Proto.Ttrpc;

namespace Bulkhead.Ttrpc;

/// <summary>What a client says beside a request.</summary>
/// <param name="Timeout">How long it will wait, which the server is told; null: as long as it takes. Zero and below fail at once.</param>
/// <param name="Metadata">Names, in lower case, and values; null: none.</param>
public readonly record struct TtrpcCallOptions(TimeSpan? Timeout = null, IReadOnlyList<KeyValue>? Metadata = null);
