import sys

from zcompile import pipeline, step

sys.exit("usage: pipeline.py FILE")
