"""`zcompile completion`: scripts for shells."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion", short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion_command(shell: str) -> None:
    """Print the script that completes commands, options, files and parameters of steps.

    \b
    Examples:
      eval "$(zcompile completion bash)"     in ~/.bashrc
      eval "$(zcompile completion zsh)"      in ~/.zshrc, below compinit
      zcompile completion fish > ~/.config/fish/completions/zcompile.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click knows these shells"
    root = click.get_current_context().find_root().command
    # Its `source` would start the shell to ask for its version.
    script = kind(root, {}, "zcompile", "_ZCOMPILE_COMPLETE")
    click.echo(script.source_template % script.source_vars())
