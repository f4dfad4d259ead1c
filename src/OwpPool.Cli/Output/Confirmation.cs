using System.CommandLine;

namespace OwpPool.Cli.Output;

/// <summary>Asks before what cannot be undone.</summary>
internal static class Confirmation
{
    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do it without asking." };

    /// <summary>Asks who sits at the terminal for a yes.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="what">What is about to happen, a sentence without its end.</param>
    /// <exception cref="UsageException">Nobody can be asked.</exception>
    /// <exception cref="NotConfirmedException">The answer was not yes.</exception>
    public static void Ask(Invocation invocation, string what)
    {
        if (IsGiven(invocation, what)) return;
        invocation.Error.Write($"{Printable.Lines(what)}. Continue? [y/N] ");
        if (invocation.Host.Input.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new NotConfirmedException();
    }

    /// <summary>Has the name of the thing typed by who sits at the terminal.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="what">What is about to happen, a sentence without its end.</param>
    /// <param name="name">What has to be typed.</param>
    /// <exception cref="UsageException">Nobody can be asked.</exception>
    /// <exception cref="NotConfirmedException">Something else was typed.</exception>
    public static void Require(Invocation invocation, string what, string name)
    {
        if (IsGiven(invocation, what)) return;
        invocation.Error.Write($"{Printable.Of(what)}. Type {Printable.Of(name)} to go on: ");
        if (invocation.Host.Input.ReadLine()?.Trim() != name) throw new NotConfirmedException();
    }

    private static bool IsGiven(Invocation invocation, string what)
    {
        if (invocation.Get(Yes)) return true;
        return invocation.Host.IsInputTerminal ? false
            : throw new UsageException($"{what}. This is not a terminal, so there is nobody to ask: add --yes to continue.");
    }
}

/// <summary>Who was asked did not confirm; nothing was done.</summary>
internal sealed class NotConfirmedException() : Exception("Not confirmed; nothing was done.");
