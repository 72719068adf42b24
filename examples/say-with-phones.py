#!/usr/bin/env python3
"""Says a text with espeak-ng and writes down every sound with its time, for `loquent speak --phones`.

    python3 examples/say-with-phones.py "Hello there." hello            # hello.wav, hello.json
    python3 examples/say-with-phones.py "Guten Tag." hello --voice de
    loquent speak -i photo.jpg -a hello.wav --phones hello.json

Needs nothing but Python and libespeak-ng 1.49 or newer (`apt install libespeak-ng1`), which is free software under the
GPL and stays a program of its own: its library reports phones, its command line does not.
"""

import argparse
import ctypes
import json
import wave

# Numbers of espeak-ng's speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
PHONEME_EVENTS_AS_IPA = 1 | 2
EVENT_END, EVENT_PHONEME = 0, 7
RATE = 1
CHARS_UTF8 = 1


class EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("text", ctypes.c_char * 8)]


class Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    ]


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


def say(text, voice, words_per_minute):
    """16-bit mono samples, samples per second, and [first sample, IPA] of every sound."""
    library = ctypes.CDLL("libespeak-ng.so.1")
    sample_rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, None, PHONEME_EVENTS_AS_IPA)
    samples, sounds = bytearray(), []

    def receive(data, count, events):
        if data and count > 0:
            samples.extend(ctypes.string_at(data, count * 2))
        index = 0
        while events[index].type != EVENT_END:
            if events[index].type == EVENT_PHONEME:
                sounds.append((events[index].sample, events[index].id.text.decode("utf-8", "ignore")))
            index += 1
        return 0

    callback = Callback(receive)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise SystemExit(f"espeak-ng has no voice {voice}; see `espeak-ng --voices`.")
    library.espeak_SetParameter(RATE, words_per_minute, 0)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, CHARS_UTF8, None, None)
    # "(en)" and the like say that the language changes.
    return bytes(samples), sample_rate, [(at, ipa) for at, ipa in sounds if not ipa.startswith("(")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("name", help="the files are name.wav and name.json")
    parser.add_argument("--voice", default="en-us", help="language, perhaps with a variant: de, en-us+f3")
    parser.add_argument("--rate", type=int, default=160, help="words per minute")
    options = parser.parse_args()

    samples, sample_rate, sounds = say(options.text, options.voice, options.rate)
    ends = [at for at, _ in sounds[1:]] + [len(samples) // 2]
    phones = [
        {"start": round(start / sample_rate, 4), "end": round(end / sample_rate, 4), "phone": ipa}
        for (start, ipa), end in zip(sounds, ends)
        if end > start
    ]
    with wave.open(f"{options.name}.wav", "wb") as sound:
        sound.setparams((1, 2, sample_rate, 0, "NONE", ""))
        sound.writeframes(samples)
    with open(f"{options.name}.json", "w", encoding="utf-8") as file:
        language = options.voice.split("+")[0]
        json.dump({"notation": "ipa", "language": language, "phones": phones}, file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
