using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Says, on a generated base class, which method binds its services.</summary>
/// <param name="bindType">The class with the method.</param>
/// <param name="bindMethodName">The method, which takes a <see cref="ServiceBinderBase"/> and the service.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class BindServiceMethodAttribute(
    [DynamicallyAccessedMembers(BindServiceMethodAttribute.Members)] Type bindType, string bindMethodName) : Attribute
{
    internal const DynamicallyAccessedMemberTypes Members = DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.PublicProperties;

    /// <summary>The class with the method; its property <c>Descriptor</c> describes the service.</summary>
    [DynamicallyAccessedMembers(Members)]
    public Type BindType { get; } = bindType;

    /// <summary>The method's name.</summary>
    public string BindMethodName { get; } = bindMethodName;
}
