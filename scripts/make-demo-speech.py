#!/usr/bin/env python3
"""Makes the demo speech and the test recording with known phones again.

    python3 scripts/make-demo-speech.py

Needs libespeak-ng 1.51 and FFmpeg, which the user installs; the results are committed, so nobody else needs them.
Writes demo/speech/introduction.mp3 and tests/fixtures/phones/english.{wav,json}. The phone times come from
espeak-ng's own phoneme events: [start ms, end ms, IPA], an empty string is a pause.
"""

import json
import os
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(ROOT, "training/synthesisers"))

from espeak_library import Speaker, in_milliseconds  # noqa: E402

INTRODUCTION = (
    "Hello! A moment ago, I was only a picture. "
    "Then Loquent gave me a voice, a blink, and a breath. "
    "All it took was one photo, some speech, and an ordinary computer."
)
PHONES = (
    "Maybe Peter and Bob will bring my map.",
    "Papa made a big apple pie for Amy.",
    "We both hope the boat comes home before May.",
)
PAUSE_SECONDS = 0.75


def convert(pcm, sample_rate, path, *options):
    """Hands 16-bit mono samples to FFmpeg."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    source = ["-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", "-"]
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *source, *plain, *options, path], input=pcm, check=True)


def make_introduction(speaker):
    pcm, _ = speaker.speak(INTRODUCTION, "en-us+Annie", rate=164, pitch=46, pitch_range=60)
    # Silence around it lets the portrait begin and end at rest. A gentle shelf takes the edge off the formant synthesis; a short room makes it less dry.
    tone = "adelay=200,apad=pad_dur=0.4,highpass=f=70,treble=g=-4:f=4500,aecho=0.9:0.5:23|37:0.10|0.07,loudnorm=I=-18:TP=-2"
    path = os.path.join(ROOT, "demo/speech/introduction.mp3")
    convert(pcm, speaker.sample_rate, path, "-af", tone, "-ar", "24000", "-b:a", "64k")


def make_phones(speaker):
    pcm, phones, offset = b"", [], 0
    silence = bytes(2 * int(PAUSE_SECONDS * speaker.sample_rate))
    for sentence in ("", *PHONES):
        if sentence:
            spoken, times = speaker.speak(sentence, "en-us+m3", rate=160, pitch=50, pitch_range=50)
            times = in_milliseconds(times, speaker.sample_rate)
            phones += [[start + offset, end + offset, ipa] for start, end, ipa in times]
            pcm += spoken
            offset = round(len(pcm) / 2 / speaker.sample_rate * 1000)
        pcm += silence
        end = round(len(pcm) / 2 / speaker.sample_rate * 1000)
        phones.append([offset, end, ""])
        offset = end
    folder = os.path.join(ROOT, "tests/fixtures/phones")
    convert(pcm, speaker.sample_rate, os.path.join(folder, "english.wav"), "-ar", "16000", "-c:a", "pcm_s16le")
    with open(os.path.join(folder, "english.json"), "w", encoding="utf-8") as file:
        lines = ",\n".join(json.dumps(phone, ensure_ascii=False) for phone in phones)
        file.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    voice = Speaker()
    make_introduction(voice)
    make_phones(voice)
