"""The network, its losses, its file, and what is measured on it."""

import hashlib
import json
import struct

import numpy as np
import pytest
import torch

from training import evaluate, export
from training.calibrate import class_shifts
from training.losses import contact_loss
from training.network import OUTPUTS, SpeechMotionNetwork, rounded
from training.phones import PhoneTable, Segment
from training.corpus import segment_array
from training.settings import LOW_LATENCY, STANDARD
from training.streams import Examples, examples

TABLE = PhoneTable()


@pytest.mark.parametrize("topology", [STANDARD, LOW_LATENCY], ids=lambda t: t.name)
def test_outputs_depend_on_the_declared_future_and_no_more(topology):
    torch.manual_seed(1)
    network = SpeechMotionNetwork(topology).eval()
    mel = torch.randn(1, 40, 200)
    frame = 50
    last = 2 * frame + topology.look_ahead_ms // 10
    with torch.no_grad():
        before = network(mel)[0, :, frame]
        beyond = mel.clone()
        beyond[:, :, last + 1 :] = 9
        assert torch.equal(network(beyond)[0, :, frame], before)
        within = mel.clone()
        within[:, :, last] = 9
        assert not torch.equal(network(within)[0, :, frame], before)


def test_both_profiles_fit_the_budget():
    sizes = [len(export.encode(SpeechMotionNetwork(topology))) for topology in (STANDARD, LOW_LATENCY)]
    assert sum(sizes) <= 300_000
    assert SpeechMotionNetwork(STANDARD).products_per_frame <= 250_000
    assert STANDARD.look_ahead_ms == 100 and LOW_LATENCY.look_ahead_ms == 0


def test_the_file_holds_the_network(tmp_path):
    torch.manual_seed(2)
    network = SpeechMotionNetwork(LOW_LATENCY)
    path = export.write(network, tmp_path, tmp_path, export.babble(8_000))
    data = path.read_bytes()
    assert data[:4] == b"LQSM"
    length = struct.unpack_from("<I", data, 4)[0]
    assert (8 + length) % 4 == 0
    head = json.loads(data[8 : 8 + length])
    assert [layer["role"] for layer in head["layers"][:3]] == ["entry", "block", "mix"]
    assert head["layers"][-1]["outputs"] == OUTPUTS
    at = 8 + length
    for layer, (_, module, _) in zip(head["layers"], network.convolutions(), strict=True):
        outputs, count = layer["outputs"], layer["outputs"] * layer["inputs"] * layer["kernel"]
        scale = np.frombuffer(data, "<f4", outputs, at)
        bias = np.frombuffer(data, "<f4", outputs, at + 4 * outputs)
        integers = np.frombuffer(data, "i1", count, at + 8 * outputs).reshape(outputs, layer["inputs"], layer["kernel"])
        assert np.allclose(integers * scale[:, None, None], module.weight.detach().numpy(), atol=1e-6)
        assert np.array_equal(bias, module.bias.detach().numpy())
        at += 8 * outputs + count + -count % 4
    assert at == len(data)
    assert (tmp_path / "low-latency.sha256").read_text() == f"{hashlib.sha256(data).hexdigest()}  low-latency.bin\n"
    vectors = json.loads((tmp_path / "parity-low-latency.json").read_text())
    assert len(vectors["rows"][0][1]) == OUTPUTS


def test_rounding_moves_no_weight_by_more_than_half_a_step():
    weight = torch.randn(7, 5, 3)
    integers, scale = rounded(weight)
    assert float((integers * scale.view(-1, 1, 1) - weight).abs().max() / scale.max()) <= 0.5 + 1e-5
    assert float(integers.abs().max()) == 127


def test_a_contact_is_forgiven_when_one_of_its_frames_is_sure():
    viseme = torch.tensor([[0, 1, 1, 1, 0, 1, 1, 0]])
    counts = torch.ones(1, 8)
    sure = torch.tensor([[0, 0.1, 0.99, 0.1, 0, 0.1, 0.99, 0]])
    doubtful = torch.tensor([[0, 0.4, 0.4, 0.4, 0, 0.4, 0.4, 0]])
    assert contact_loss(sure, viseme, counts, 1) < 0.02
    assert contact_loss(doubtful, viseme, counts, 1) > 0.8


def perfect(shift: int = 0, swap: tuple[int, int] | None = None) -> evaluate.Heard:
    """A network that says exactly the labels; shifted in time, or with two visemes exchanged."""
    names = ["p", "aa", "t", "iy", "f", "oh", "m", "aa", "s", "eh", "b", "uw"] * 8
    segments = segment_array([Segment(0.1 * i, 0.1 * i + 0.1, TABLE.number[n]) for i, n in enumerate(names)])
    made: Examples = examples(np.zeros(int(16_000 * 9.6), np.float32), segments, "test", TABLE)
    viseme = np.roll(made.viseme, shift)
    if swap is not None:
        viseme = np.where(viseme == swap[0], swap[1], np.where(viseme == swap[1], swap[0], viseme))
    output = np.zeros((len(viseme), OUTPUTS), np.float32)
    output[np.arange(len(viseme)), viseme] = 12
    output[:, 15:18] = np.roll(made.curves, shift, 0)
    output[:, 18] = 5
    return evaluate.Heard(output, made)


def test_the_measures_of_perfect_outputs_are_perfect():
    result = evaluate.measures(perfect())
    assert result["visemeAccuracy"] == 1 and result["closureRecall"] == 1
    assert result["labiodentalRecall"] == 1 and result["vowelsLost"] == 0
    assert result["apertureR"] > 0.999


def test_a_shift_of_20_ms_and_a_wrong_mapping_show_in_the_measures():
    assert evaluate.measures(perfect(shift=1))["visemeAccuracy"] < 0.85
    assert evaluate.measures(perfect(shift=1))["apertureR"] < 0.97
    assert evaluate.measures(perfect(swap=(1, 10)))["visemeAccuracy"] < 0.6
    assert "PP>aa" in " ".join(evaluate.confusions(perfect(swap=(1, 10)), TABLE))


def test_shifts_of_classes_make_every_class_as_likely_as_it_is():
    random = np.random.default_rng(4)
    viseme = random.choice(15, 4_000, p=np.arange(1, 16) / 120)
    evidence = random.normal(0, 1, (4_000, 15)) + 2 * np.eye(15)[viseme]
    tilted = evidence + random.normal(0, 1.5, 15)
    shifted = tilted + class_shifts(tilted, viseme)
    probability = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
    assert np.allclose(probability.mean(0), np.bincount(viseme, minlength=15) / 4_000, atol=1e-3)
    assert class_shifts(tilted, viseme)[0] == 0
    # A class that never occurs disturbs nobody.
    assert np.isfinite(class_shifts(tilted[viseme != 3], viseme[viseme != 3])).all()
