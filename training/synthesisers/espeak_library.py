"""libespeak-ng 1.51 from Python, with nothing but the standard library: sound, and the sample at which each phone begins."""

import ctypes

# Numbers of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS_AS_IPA = 1 | 2
_DO_NOT_EXIT = 0x8000
_EVENT_END, _EVENT_PHONEME = 0, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8, _END_PAUSE = 1, 0x1000


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def in_milliseconds(phones, sample_rate):
    """[start, end, IPA] in whole milliseconds, without the phones that lasted no sample."""
    milliseconds = lambda sample: round(sample / sample_rate * 1000)
    return [[milliseconds(start), milliseconds(end), symbol] for start, end, symbol in phones if end > start]


class Speaker:
    """The library, started once; one text at a time."""

    def __init__(self):
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self.sample_rate = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, None, _PHONEME_EVENTS_AS_IPA | _DO_NOT_EXIT
        )
        # The library keeps only the address: the object must live as long as it does.
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count, events):
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        index = 0
        while events[index].type != _EVENT_END:
            if events[index].type == _EVENT_PHONEME:
                symbol = events[index].id.string.decode("utf-8", "ignore")
                self._starts.append((events[index].sample, symbol))
            index += 1
        return 0

    def speak(self, text, voice, rate, pitch, pitch_range, end_pause=False):
        """16-bit mono samples as bytes, and (start, end, IPA) per phone in samples; an empty symbol is a pause.

        `rate` is in words per minute, `pitch` and `pitch_range` go from 0 to 99. Raises LookupError if there is no such voice.
        """
        self._pcm, self._starts = bytearray(), []
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise LookupError(f"espeak-ng has no voice {voice}")
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        flags = _UTF8 | (_END_PAUSE if end_pause else 0)
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, flags, None, None)
        self._library.espeak_Synchronize()
        ends = [start for start, _ in self._starts[1:]] + [len(self._pcm) // 2]
        return bytes(self._pcm), [(start, end, symbol) for (start, symbol), end in zip(self._starts, ends)]
