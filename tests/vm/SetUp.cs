using Bulkhead.Tests.Support;
using NUnit.Framework;

namespace Bulkhead.Tests.Vm;

/// <inheritdoc/>
[SetUpFixture]
internal sealed class SetUp : SuiteSetUp;
