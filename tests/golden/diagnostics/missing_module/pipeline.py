import sklaern

from zcompile import pipeline, step
