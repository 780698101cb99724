namespace Bulkhead.Linux;

/// <summary>Marks code that runs between clone3 and execve and keeps the rules of <c>runtime/Engine/Child/README.md</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Method)]
public sealed class ChildSafeAttribute : Attribute;
