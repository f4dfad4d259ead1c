using System.CommandLine;

namespace OwpPool.Cli.Help;

/// <summary><c>owp completion</c>: a script that lets a shell ask <c>owp</c> itself how a line may go on.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # In ~/.bashrc:  source <(owp completion bash)
        _owp_complete() {
          local word=${COMP_WORDS[COMP_CWORD]} candidates plain
          candidates=$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null) || return
          # Options are offered to those who ask for them, or where there is nothing else.
          if [[ $word != -* ]] && plain=$(grep -vE '^(--|-.$)' <<<"$candidates"); then candidates=$plain; fi
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$candidates" -- "$word"))
        }
        complete -o default -F _owp_complete owp
        """;

    private const string Zsh = """
        # In ~/.zshrc, after compinit:  source <(owp completion zsh)
        _owp() {
          local line="${words[1,CURRENT]}"
          local -a candidates
          candidates=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          if [[ -n "${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
        }
        compdef _owp owp
        """;

    private const string Fish = """
        # owp completion fish > ~/.config/fish/completions/owp.fish
        function __owp_complete
          set -l line (commandline -cp)
          owp "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c owp -a '(__owp_complete)'
        """;

    private const string Pwsh = """
        # In $PROFILE:  owp completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName owp -ScriptBlock {
          param($word, $ast, $position)
          $line = $ast.ToString().PadRight($position - $ast.Extent.StartOffset)
          owp "[suggest:$($line.Length)]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;

    private static readonly Argument<string> Shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    static CompletionCommand() => Shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");

    public static Command Create()
    {
        var command = new Command("completion", "Write a script that completes owp's commands and options in a shell.") { Shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(Shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                _ => Pwsh,
            });
            return ExitCodes.Done;
        });
        return command;
    }
}
