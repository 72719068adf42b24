#!/usr/bin/env python3
"""Speaks with espeak-ng and tells when each phone was spoken.

Reads a list of jobs as JSON from standard input, {"text", "voice", "rate", "pitch", "range"}, and prints one JSON line
per job: {"rate": Hz, "pcm": base64 of 16-bit samples, "phones": [[start ms, end ms, IPA], ...]}, or {"error": reason}.
Needs libespeak-ng 1.51, and nothing of Python but itself.
"""

import base64
import importlib.util
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "..", "..", "scripts", "make-demo-speech.py")


def load_speaker():
    """The speaker of the script that makes the demo."""
    specification = importlib.util.spec_from_file_location("make_demo_speech", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.Speaker()


def main():
    speaker = load_speaker()
    for job in json.load(sys.stdin):
        try:
            pcm, phones = speaker.speak(job["text"], job["voice"], job["rate"], job["pitch"], job["range"])
            line = {"rate": speaker.sample_rate, "pcm": base64.b64encode(pcm).decode(), "phones": phones}
        except RuntimeError as error:
            line = {"error": str(error)}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
