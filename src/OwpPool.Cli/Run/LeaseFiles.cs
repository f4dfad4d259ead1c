using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Cli.Run;

/// <summary>The files through which a worker and one command speak. They are beside the work and not in it, so that nothing of them is
/// committed by mistake.</summary>
internal sealed class LeaseFiles
{
    private const int MaxRead = 64 * 1024;
    private const int MaxIdLength = 64;

    private readonly string _folder;

    public LeaseFiles(string folder, string leaseKey) => _folder = Path.Combine(folder, NameOf(leaseKey));

    /// <summary>The task, in words; the same as on stdin.</summary>
    public string Prompt => Path.Combine(_folder, "prompt.md");

    /// <summary>Where the command writes the address of its pull request.</summary>
    public string PullRequest => Path.Combine(_folder, "pull-request");

    /// <summary>Where the command says how it ended.</summary>
    public string Result => Path.Combine(_folder, "result");

    /// <summary>Makes them. What an earlier life of the worker left under the same lease stays, but for the result.</summary>
    public void Prepare(string prompt)
    {
        RunFolder.Make(_folder);
        File.WriteAllText(Prompt, prompt);
        File.Delete(Result);
    }

    /// <summary>What is in the file; null = nothing.</summary>
    public static string? Read(string path)
    {
        if (!File.Exists(path)) return null;
        using var file = new StreamReader(path);
        var text = new char[MaxRead];
        var content = new string(text, 0, file.ReadBlock(text)).Trim();
        return content.Length == 0 ? null : content;
    }

    public void Delete()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A name for a file or branch: an id of the pool as it is, anything else as its hash.</summary>
    public static string NameOf(string id)
    {
        var isPlain = id.Length is > 0 and <= MaxIdLength && id[0] != '-'
            && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');
        return isPlain ? id : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..32];
    }
}
