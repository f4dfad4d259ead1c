using System.Text;

namespace OwpPool.Core.Text;

/// <summary>Text in Unicode's normalization form C (UAX #15): the one in which two spellings of a letter, <c>ü</c> as one character or as two,
/// are one text. The pool keeps and compares text in it.</summary>
/// <remarks>Own code, because .NET leaves text as it is under InvariantGlobalization, which the server needs in order to start without ICU.
/// Half of a surrogate pair stays as it is.</remarks>
public static class Nfc
{
    /// <summary>Every character before it is in the form already, and no character before it changes what follows.</summary>
    private const char FirstThatMatters = '\u0300';

    /// <summary>No character before it is made of others.</summary>
    private const int FirstWithParts = 0xC0;

    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;
    private const int Syllables = Leads * Vowels * Tails;

    /// <summary>The text in form C; the same object where it is in it already and has nothing but Latin letters.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(FirstThatMatters - 1)) < 0 ? text : Compose(text);
    }

    private static string Compose(string text)
    {
        var parts = new List<Part>(text.Length + 8);
        for (var at = 0; at < text.Length; at++)
        {
            var isPair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            TakeApart(isPair ? char.ConvertToUtf32(text[at], text[++at]) : text[at], parts);
        }
        Reorder(parts);
        PutTogether(parts);
        var composed = new StringBuilder(text.Length);
        foreach (var (scalar, _) in parts)
        {
            if (scalar <= char.MaxValue) composed.Append((char)scalar);
            else composed.Append(char.ConvertFromUtf32(scalar));
        }
        return composed.Length == text.Length && composed.Equals(text) ? text : composed.ToString();
    }

    private static void TakeApart(int scalar, List<Part> parts)
    {
        if (scalar < FirstWithParts)
        {
            parts.Add(new Part(scalar, 0));
        }
        else if (scalar is >= HangulBase and < HangulBase + Syllables)
        {
            var index = scalar - HangulBase;
            parts.Add(new Part(LeadBase + (index / (Vowels * Tails)), 0));
            parts.Add(new Part(VowelBase + (index % (Vowels * Tails) / Tails), 0));
            if (index % Tails > 0) parts.Add(new Part(TailBase + (index % Tails), 0));
        }
        else if (UnicodeTables.Parts.TryGetValue(scalar, out var pieces))
        {
            foreach (var piece in pieces) TakeApart(piece, parts);
        }
        else
        {
            parts.Add(new Part(scalar, UnicodeTables.Classes.GetValueOrDefault(scalar)));
        }
    }

    /// <summary>Marks on one letter stand in the order of their classes; those of one class stay as they are.</summary>
    private static void Reorder(List<Part> parts)
    {
        for (var start = 0; start < parts.Count;)
        {
            var end = start;
            while (end < parts.Count && parts[end].Class != 0) end++;
            if (end - start > 1)
            {
                var ordered = parts.GetRange(start, end - start).OrderBy(static part => part.Class).ToList();
                for (var i = 0; i < ordered.Count; i++) parts[start + i] = ordered[i];
            }
            start = end + 1;
        }
    }

    private static void PutTogether(List<Part> parts)
    {
        var (starter, kept, lastClass) = (-1, 0, 0);
        foreach (var part in parts.ToArray())
        {
            // A mark reaches its letter past marks of lower classes only; a letter only if nothing stands between.
            var isNear = starter >= 0 && (lastClass < part.Class || (lastClass == 0 && kept == starter + 1));
            if (isNear && Composite(parts[starter].Scalar, part.Scalar) is { } whole)
            {
                parts[starter] = new Part(whole, 0);
                continue;
            }
            if (part.Class == 0) starter = kept;
            lastClass = part.Class;
            parts[kept++] = part;
        }
        parts.RemoveRange(kept, parts.Count - kept);
    }

    private static int? Composite(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + Leads && second is >= VowelBase and < VowelBase + Vowels)
            return HangulBase + ((((first - LeadBase) * Vowels) + (second - VowelBase)) * Tails);
        if (first is >= HangulBase and < HangulBase + Syllables && (first - HangulBase) % Tails == 0 && second is > TailBase and < TailBase + Tails)
            return first + (second - TailBase);
        return UnicodeTables.Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }

    private readonly record struct Part(int Scalar, int Class);
}
