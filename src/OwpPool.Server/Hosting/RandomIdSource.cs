using System.Security.Cryptography;
using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting;

/// <summary>Ids of 20 lower-case letters and digits: 100 random bits, nothing to guess and nothing to mistype.</summary>
public sealed class RandomIdSource : IIdSource
{
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
    private const int Length = 20;

    /// <inheritdoc />
    public string NewId(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, Length);
}
