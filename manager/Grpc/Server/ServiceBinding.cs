using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>What the generated code of a service offers, found by the attribute on its base class.</summary>
/// <remarks>Two members are looked up, once a service: the attribute keeps them in a binary that is compiled ahead of time.</remarks>
internal sealed class ServiceBinding
{
    [DynamicallyAccessedMembers(BindServiceMethodAttribute.Members)]
    private readonly Type _type;

    private readonly string _method;
    private readonly Type _serviceBase;

    private ServiceBinding(BindServiceMethodAttribute attribute, Type serviceBase) =>
        (_type, _method, _serviceBase) = (attribute.BindType, attribute.BindMethodName, serviceBase);

    /// <summary>The generated description of the service. It is built when it is asked for first, with all that it refers to.</summary>
    public ServiceDescriptor? Descriptor => (ServiceDescriptor?)_type.GetProperty("Descriptor")?.GetValue(null);

    /// <summary>The binding of an implementation.</summary>
    /// <exception cref="InvalidOperationException">It has no generated base class.</exception>
    public static ServiceBinding Of(Type service)
    {
        for (Type? type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                return new ServiceBinding(attribute, type);
            }
        }

        throw new InvalidOperationException($"{service.Name} has no base class that was generated of a service");
    }

    /// <summary>Gives the methods of an implementation to a binder.</summary>
    public void Bind<T>(ServiceBinderBase binder, T service)
    {
        MethodInfo method = _type.GetMethod(_method, [typeof(ServiceBinderBase), _serviceBase])
            ?? throw new InvalidOperationException($"{_type.Name} has no {_method}");
        method.CreateDelegate<Action<ServiceBinderBase, T>>()(binder, service);
    }
}
