using Bulkhead.Linux.Files;

namespace Bulkhead.Linux.Processes;

/// <summary>Copies, above all numbers that are to be placed, of those files among them that an earlier step of the child would overwrite.</summary>
internal readonly ref struct CopiesAway
{
    private readonly FileDescriptor?[] _copies;

    /// <summary>Puts the copies in the files' places.</summary>
    internal CopiesAway(FileDescriptor?[] files)
    {
        _copies = new FileDescriptor?[files.Length];
        for (int i = 0; i < files.Length; i++)
        {
            if (files[i] is { } file && file.Number < files.Length)
            {
                _copies[i] = new(DescriptorTable.CopyAway(file, files.Length), file.Path);
                files[i] = _copies[i];
            }
        }
    }

    /// <summary>Closes them.</summary>
    public void Dispose()
    {
        foreach (FileDescriptor? copy in _copies)
        {
            copy?.Dispose();
        }
    }
}
