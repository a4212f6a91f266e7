"""Groups of commands with a default one."""

from __future__ import annotations

import click


class DefaultGroup(click.Group):
    """A group that takes arguments which begin with no command for those of a default one."""

    default = ""
    own = frozenset({"-h", "--help"})
    """Options of the group itself."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the arguments; those that do not begin with a command are the default's."""
        first = args[0] if args else ""
        if not first:
            # While a shell asks for completions, what comes next is not known yet.
            args = [] if ctx.resilient_parsing else self.without_arguments()
        elif first not in self.own and first not in self.list_commands(ctx):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def without_arguments(self) -> list[str]:
        """What no arguments at all stand for."""
        return [self.default]
