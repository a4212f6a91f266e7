"""The stages of a compile, a module each; `zcompile/compiling.py` lists them in order."""
