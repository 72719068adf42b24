#!/usr/bin/env python3
"""Speaks with espeak-ng and tells when each phone was spoken.

Reads a list of jobs as JSON from standard input, {"text", "voice", "rate", "pitch", "range"}, and prints one JSON line
per job: {"rate": Hz, "pcm": base64 of 16-bit samples, "phones": [[start ms, end ms, IPA], ...]}, or {"error": reason}.
Needs libespeak-ng 1.51, and nothing of Python but itself.
"""

import base64
import json
import os
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
sys.path.insert(0, os.path.join(ROOT, "training/synthesisers"))

from espeak_library import Speaker, in_milliseconds  # noqa: E402


def main():
    speaker = Speaker()
    for job in json.load(sys.stdin):
        try:
            pcm, phones = speaker.speak(job["text"], job["voice"], job["rate"], job["pitch"], job["range"])
            times = in_milliseconds(phones, speaker.sample_rate)
            line = {"rate": speaker.sample_rate, "pcm": base64.b64encode(pcm).decode(), "phones": times}
        except LookupError as error:
            line = {"error": str(error)}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
