using Bulkhead.Tests.Support;
using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(2)]

namespace Bulkhead.Tests.DropIn;

/// <inheritdoc/>
[SetUpFixture]
internal sealed class SetUp : SuiteSetUp;
