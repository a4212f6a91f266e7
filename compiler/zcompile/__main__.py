"""``python -m zcompile``."""

from zcompile.cli import main

main(prog_name="zcompile")
