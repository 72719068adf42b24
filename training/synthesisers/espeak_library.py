"""libespeak-ng 1.51 from Python, with nothing but the standard library: sound, and the samples between which each phone lasts."""

import ctypes
import operator

# Numbers of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS_AS_IPA = 1 | 2
_DO_NOT_EXIT = 0x8000
_EVENT_END, _EVENT_PHONEME = 0, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8, _END_PAUSE = 1, 0x1000

_CLOSED_SILENTLY = ("p", "t", "k", "c", "q", "ʈ", "ʦ", "ʧ", "ʨ", "ʤ", "ʥ", "dʒ", "dʑ", "dʐ", "ɖʐ")
"""How stops and affricates begin in IPA whose closure makes no sound."""
_STRESS = "ˈˌ"
_BLOCK_SECONDS = 0.005
"""Length of the stretches that are silent or not..."""
_SILENT = 1e-4
"""...by their power, as a share of the loudest stretch's."""
_LONGEST_CLOSURE = 0.12
_SHORTEST_NEIGHBOUR = 0.01
"""What a closure leaves of the phone before it, seconds."""
_LONGEST_LINK = 0.06
"""A nameless phone inside a word, a link or the tap of a trill, is shorter than this; a pause is longer."""


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


def without_links(phones, sample_rate):
    """Gives short nameless phones inside a word to the phone before them."""
    found = []
    for index, (start, end, symbol) in enumerate(phones):
        inside = found and found[-1][2] and index + 1 < len(phones) and phones[index + 1][2]
        if not symbol and inside and end - start < _LONGEST_LINK * sample_rate:
            found[-1] = (found[-1][0], end, found[-1][2])
        else:
            found.append((start, end, symbol))
    return found


def with_closures(phones, pcm, sample_rate):
    """Moves the start of every stop that closes silently back over its closure.

    The library reports p, t, k and affricates at their burst; other synthesisers, and phoneticians, at the closure before
    it. Without this the lips of a p would meet 50 ms late. After a pause nobody can hear when they met: such stops stay.
    """
    block = int(_BLOCK_SECONDS * sample_rate)
    samples = memoryview(pcm).cast("h")
    power = []
    for start in range(0, len(samples) - block + 1, block):
        piece = samples[start : start + block]
        power.append(sum(map(operator.mul, piece, piece)))
    if not power:
        return phones
    quiet = [one < _SILENT * max(power) for one in power]
    found = []
    for start, end, symbol in phones:
        if found and found[-1][2] and symbol.lstrip(_STRESS).startswith(_CLOSED_SILENTLY):
            last = min(start // block, len(quiet) - 1)
            # The event may lie up to two blocks after the burst's first sample.
            at = next((at for at in range(last, max(-1, last - 3), -1) if quiet[at]), 0)
            while at > 0 and quiet[at - 1] and start - at * block < _LONGEST_CLOSURE * sample_rate:
                at -= 1
            before = found[-1]
            closed = max(at * block, before[0] + int(_SHORTEST_NEIGHBOUR * sample_rate))
            if quiet[at] and closed < start:
                found[-1] = (before[0], closed, before[2])
                start = closed
        found.append((start, end, symbol))
    return found


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

        Stops begin with their closure. `rate` is in words per minute, `pitch` and `pitch_range` go from 0 to 99. Raises
        LookupError if there is no such voice.
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
        phones = [(start, end, symbol) for (start, symbol), end in zip(self._starts, ends)]
        linked = without_links([phone for phone in phones if phone[1] > phone[0]], self.sample_rate)
        return bytes(self._pcm), with_closures(linked, self._pcm, self.sample_rate)
