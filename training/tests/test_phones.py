"""Labels: the right phone at the right time."""

import ctypes.util
import random

import numpy as np
import pytest

from training.phones import PhoneTable, Segment, UnknownPhone
from training.corpus import SAMPLE_RATE, segment_array

TABLE = PhoneTable()


def visemes(symbols: str, alphabet: str, language: str = "") -> list[str]:
    return [TABLE.visemes[TABLE.viseme[number]] for symbol in symbols.split() for number in TABLE.read(symbol, alphabet, language)]


def test_symbols_of_every_set_mean_the_same_mouth():
    assert visemes("p b m f v θ t s ʃ ɹ", "ipa") == visemes("p b m f v th t s sh r", "arpabet")
    assert visemes("p a m o u i tʃ", "ipa") == visemes("p a m o u i c~", "festival-czech")
    assert visemes("p a m o u i tʃ", "ipa") == visemes("p a m o u i tS", "festival-italian")
    assert visemes("p u ʃ i", "ipa") == visemes("pp uu sh ii", "festival-russian")


def test_known_phones_look_as_they_do():
    assert visemes("p b m", "ipa") == ["PP"] * 3
    assert visemes("f v", "ipa") == ["FF"] * 2
    assert visemes("ɑː iː uː", "ipa") == ["aa", "ih", "ou"]
    assert visemes("aɪ oʊ", "ipa") == ["aa", "ih", "oh", "ou"]
    assert visemes("pau hh eh l ow", "arpabet") == ["sil", "kk", "E", "nn", "oh", "ou"]


def test_a_mark_of_its_own_lengthens_the_phone_before_it():
    segments = TABLE.segments([(0, 0.1, "p"), (0.1, 0.14, "ʲ"), (0.14, 0.3, "e")], "ipa")
    assert [round(s.end, 2) for s in segments] == [0.14, 0.3]


def test_an_unknown_symbol_is_an_error():
    with pytest.raises(UnknownPhone):
        TABLE.read("xyz", "arpabet")


def test_classes_belong_to_the_frame_whose_moment_they_cover():
    p, a = TABLE.number["p"], TABLE.number["aa"]
    segments = segment_array([Segment(0.1, 0.2, p), Segment(0.2, 0.4, a)])
    classes = TABLE.classes(segments, 25)
    assert list(np.flatnonzero(classes == p)) == [5, 6, 7, 8, 9]
    assert list(np.flatnonzero(classes == a)) == list(range(10, 20))
    assert set(classes[20:]) == {0}


def test_lips_meet_in_the_middle_of_a_p_and_the_vowel_opens():
    p, a = TABLE.number["p"], TABLE.number["aa"]
    segments = segment_array([Segment(0, 0.2, a), Segment(0.2, 0.3, p), Segment(0.3, 0.5, a)])
    aperture = TABLE.curves(segments, 25)[:, 0]
    assert aperture.argmin() in (12, 13)
    assert aperture[12:14].max() < 0.2
    assert aperture[5] > 0.9 and aperture[20] > 0.9


def test_curves_do_not_depend_on_how_long_the_stream_is():
    random_ = random.Random(2)
    spoken, time = [], 0.0
    for _ in range(400):
        length = random_.uniform(0.03, 0.2)
        spoken.append(Segment(time, time + length, random_.randrange(len(TABLE.names))))
        time += length
    segments = segment_array(spoken)
    whole = TABLE.curves(segments, 1200)
    assert np.abs(TABLE.curves(segments[:100], 300)[:200] - whole[:200]).max() < 1e-4


@pytest.mark.skipif(ctypes.util.find_library("espeak-ng") is None, reason="espeak-ng is not installed")
def test_labels_of_espeak_fit_the_sound_within_a_hundredth_of_a_second():
    from training.synthesisers.espeak import Espeak

    espeak = Espeak(TABLE)
    said = [
        espeak.say(text, "en-us", variant, random.Random(3))
        for variant in ("m1", "f2", "m3")
        for text in ("A happy puppet taped a copper pipe.", "Take a cup of tea to Kate at eight.", "Papa put a pack of caps back.")
    ]
    stops = [TABLE.number[name] for name in ("p", "t", "k")]
    levels = []
    for utterance in said:
        assert utterance is not None
        energy = np.convolve(utterance.samples**2, np.ones(80) / 80, "same")
        decibels = 10 * np.log10(energy / energy.max() + 1e-9)
        for before, here, after in zip(utterance.segments, utterance.segments[1:], utterance.segments[2:]):
            if int(here[2]) in stops and TABLE.is_vowel[int(before[2])] and TABLE.is_vowel[int(after[2])]:
                at = (here[0] * SAMPLE_RATE + np.arange(-4, 5) * 160).astype(int)
                levels.append(decibels[at])
    assert len(levels) > 20
    fall = np.mean(levels, 0)
    # Sound until 10 ms before the closure, silence from 20 ms after its start: a label 20 ms off fails either way.
    assert fall[:3].min() > -30
    assert fall[6:].max() < -35
