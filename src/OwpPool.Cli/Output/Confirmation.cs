using System.CommandLine;

namespace OwpPool.Cli.Output;

/// <summary>Asks before what cannot be undone.</summary>
internal static class Confirmation
{
    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do it without asking." };

    /// <summary>Has the name of the thing typed by who sits at the terminal.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="what">What is about to happen, a sentence without its end.</param>
    /// <param name="name">What has to be typed.</param>
    /// <exception cref="UsageException">Nobody can be asked.</exception>
    /// <exception cref="NotConfirmedException">Something else was typed.</exception>
    public static void Require(Invocation invocation, string what, string name)
    {
        if (invocation.Get(Yes)) return;
        if (!invocation.Host.IsInputTerminal)
            throw new UsageException($"{what}. Nobody can be asked here: add --yes to do it.");
        invocation.Error.Write($"{Printable.Of(what)}. Type {Printable.Of(name)} to go on: ");
        if (invocation.Host.Input.ReadLine()?.Trim() != name) throw new NotConfirmedException();
    }
}

/// <summary>Who was asked did not confirm; nothing was done.</summary>
internal sealed class NotConfirmedException() : Exception("Not confirmed; nothing was done.");
