"""The front end is the product's."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from training.front_end import features, mel_powers

ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node", path=f"{ROOT / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}")


def talk(seconds: float = 12) -> np.ndarray:
    """A buzz in syllables, first soft, then loud, with a second of digital silence; 16-bit numbers."""
    random = np.random.default_rng(1)
    t = np.arange(int(16_000 * seconds)) / 16_000
    sound = 0.3 * np.sin(2 * np.pi * 180 * t * (1 + 0.1 * np.sin(t))) * (np.sin(2 * np.pi * 1.3 * t) > 0)
    sound = sound * (0.05 + 0.9 * (t > 5)) + 0.001 * random.standard_normal(len(t)) + 0.02
    sound[100_000:116_000] = 0
    return np.round(np.clip(sound, -1, 1) * 32_767).astype("<i2")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_features_are_those_of_the_product():
    pulses = talk()
    answer = subprocess.run(
        [NODE, "training/tests/front-end.ts"], cwd=ROOT, input=pulses.tobytes(), capture_output=True, check=True
    )
    theirs = np.array(json.loads(answer.stdout))
    ours = features(pulses / 32_768, precise=True)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5


def test_single_precision_is_enough():
    pulses = talk() / 32_768
    assert np.abs(features(pulses) - features(pulses, precise=True)).max() < 1e-3


def test_a_frame_is_centred_at_its_time():
    click = np.zeros(16_000)
    click[8_000] = 1
    power = mel_powers(click).power.sum(1)
    assert power.argmax() == 50


def test_the_past_does_not_hear_the_future():
    pulses = talk() / 32_768
    other = pulses.copy()
    other[120_000:] *= -0.3
    frames = 120_000 // 160 - 2
    assert np.abs(features(pulses, precise=True)[:frames] - features(other, precise=True)[:frames]).max() < 1e-9
