"""The whole recipe in one command: speech, streams, training, measures, weights.

    python -m training.run --work <folder>            everything, in about two hours on two cores
    python -m training.run --work <folder> --tiny     every stage in about a minute; the weights are good for nothing

Stages keep what they made in the work folder and are skipped when it is there; `--stage` runs a single one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
import torch

from . import evaluate, export, streams
from .card import write_card
from .make_corpus import make_corpus
from .network import SpeechMotionNetwork
from .phones import PhoneTable
from .corpus import Utterance
from .settings import FULL, LOW_LATENCY, STANDARD, TINY, Settings, Topology, TrainSettings
from .streams import Backgrounds, Examples
from .train import Crops, train, viseme_counts

_ROOT = Path(__file__).resolve().parent.parent
_STAGES = ("corpus", "streams", "train", "evaluate", "export")
_PARITY_SAMPLES = 32_000
_RECORDED = ("train-espeak", "train-human", "train-nonce")
_MADE = ("train-revoiced", "train-japanese")
_SUNG = ("train-sung",)
_STREAMS: dict[str, tuple[tuple[str, ...], bool, float, float]] = {
    "clean": (_RECORDED, False, 0.5, 0.14),
    "changed": (_RECORDED, True, 1.0, 0.14),
    "revoiced": (_MADE, True, 1.0, 0.4),
    "sung": (_SUNG, True, 3.0, 0.1),
}
"""Sets of streams: corpus files by the beginning of their names, whether the sound is changed, how often it is heard, and how
long nobody speaks, relative to the rest."""


def log(message: str) -> None:
    """Prints one line with the time of day."""
    print(time.strftime("%H:%M:%S"), message, flush=True)


def make_streams(work: Path, table: PhoneTable) -> None:
    """Writes `streams-<name>.npz` for every set of :data:`_STREAMS`."""
    speech: list[Utterance] = []
    for index, (name, (prefixes, is_changed, passes, voiceless)) in enumerate(_STREAMS.items()):
        path = work / f"streams-{name}.npz"
        if path.exists():
            continue
        speech = [utterance for prefix in prefixes for utterance in streams.load_speech(work, prefix)]
        backgrounds = Backgrounds(streams.load_music(work), speech)
        made = streams.make_pass(
            speech, backgrounds, passes, is_changed, voiceless, 101 + index, table
        )
        made.save(path)
        log(f"streams, {name}: {made.starts[-1] / 50 / 3600:.2f} h in {len(made.names)}")


def train_all(work: Path, settings: Settings) -> None:
    """Fits all networks with every seed: the standard one in three steps, then the one without look-ahead, its pupil."""
    sets = [Examples.load(work / f"streams-{name}.npz") for name in _STREAMS]
    counts = viseme_counts(sets)
    for seed in settings.seeds:
        base = _fit(work, "base", STANDARD, seed, sets, counts, settings.base)
        refined = _fit(work, "refined", STANDARD, seed, sets, counts, settings.refined, start=base)
        polished = _fit(work, "polished", STANDARD, seed, sets, counts, settings.polished, start=refined)
        standard = _mean(network_path(work, "standard", seed), [base, refined, polished])
        _fit(work, "low-latency", LOW_LATENCY, seed, sets, counts, settings.low_latency, teacher=standard)


def _fit(
    work: Path,
    name: str,
    topology: Topology,
    seed: int,
    sets: list[Examples],
    counts: np.ndarray,
    how: TrainSettings,
    start: SpeechMotionNetwork | None = None,
    teacher: SpeechMotionNetwork | None = None,
) -> SpeechMotionNetwork:
    """Trains one network, or loads it when it is there."""
    path = network_path(work, name, seed)
    if not path.exists():
        torch.manual_seed(seed)
        network = SpeechMotionNetwork(topology)
        if start is not None:
            network.load_state_dict(start.state_dict())
        log(f"{name}, seed {seed}: {network.parameter_count} parameters")
        crops = Crops(sets, list(how.shares), how.crop_seconds, seed)

        def checkpoint(step: int, mean: SpeechMotionNetwork) -> None:
            torch.save(mean.state_dict(), path.with_suffix(".partial.pt"))

        fitted = train(network, crops, counts, how, teacher, log, checkpoint=checkpoint)
        torch.save(fitted.state_dict(), path)
    return load_network(path, topology)


def _mean(path: Path, networks: list[SpeechMotionNetwork]) -> SpeechMotionNetwork:
    """The network whose weights are the mean over the steps of one training; on voices that were never heard it does better
    than any of them (M. Wortsman and others, 2022)."""
    states = [network.state_dict() for network in networks]
    torch.save({key: sum(state[key] for state in states) / len(states) for key in states[0]}, path)
    return load_network(path, networks[0].topology)


def network_path(work: Path, name: str, seed: int) -> Path:
    """Where a trained network is kept."""
    return work / f"network-{name}-{seed}.pt"


def load_network(path: Path, topology: Topology) -> SpeechMotionNetwork:
    """A trained network that computes with 8-bit weights."""
    network = SpeechMotionNetwork(topology)
    network.load_state_dict(torch.load(path))
    network.quantise(True)
    return network.eval()


def evaluate_all(work: Path, settings: Settings, table: PhoneTable, voiceless: Path | None = None) -> dict:
    """Measures every network; writes `measures.json`. `voiceless` is a folder of WAV files (16 kHz) in which nobody speaks."""
    music = streams.load_music(work)
    sets = evaluate.held_out_sets(work, table, music)
    report: dict = {}
    for topology in (STANDARD, LOW_LATENCY):
        for seed in settings.seeds:
            path = network_path(work, topology.name, seed)
            if not path.exists():
                continue
            network = load_network(path, topology)
            result: dict = {"voices": {}, "confusions": {}}
            for voice, conditions in sets.items():
                heard = {name: evaluate.hear(network, examples) for name, examples in conditions.items()}
                result["voices"][voice] = {name: evaluate.measures(one) for name, one in heard.items()}
                result["confusions"][voice] = evaluate.confusions(heard["clean"], table)
            result["summary"] = summary(result["voices"])
            if music is not None:
                result["music"] = evaluate.false_speech(
                    network, np.asarray(music[-60 * 16_000 :]).astype(np.float32) / 32_767, table
                )
            if voiceless is not None:
                pieces = [soundfile.read(path, dtype="float32", always_2d=True)[0][:, 0] for path in sorted(voiceless.glob("*.wav"))]
                false = [evaluate.false_speech(network, piece, table) for piece in pieces]
                result["voiceless"] = {key: float(np.mean([one[key] for one in false])) for key in false[0]}
                result["voiceless"]["files"] = len(pieces)
            report[f"{topology.name}-{seed}"] = result
            log(f"{topology.name}, seed {seed}: {json.dumps(result['summary'])}")
    (work / "measures.json").write_text(json.dumps(report, indent=1), "utf-8")
    return report


def summary(voices: dict) -> dict[str, float]:
    """Means over the held-out voices that were built from recordings (over all voices if there are none)."""
    human = [conditions for name, conditions in voices.items() if name.startswith("human")] or list(voices.values())

    def mean(key: str, chosen: tuple[str, ...]) -> float:
        values = [conditions[name][key] for conditions in human for name in chosen if name in conditions]
        return round(float(np.nanmean(values)), 4)

    clean, noisy = ("clean",), evaluate.NOISY
    return {
        "visemeAccuracy": mean("visemeAccuracy", clean),
        "apertureR": mean("apertureR", clean),
        "widthR": mean("widthR", clean),
        "closureRecall": mean("closureRecall", clean),
        "closureRecallNoisy": mean("closureRecall", noisy),
        "vowelsLost": mean("vowelsLost", clean),
        "labiodentalRecall": mean("labiodentalRecall", clean),
        "silenceRecall": mean("silenceRecall", clean),
        "silenceRecallNoisy": mean("silenceRecall", noisy),
        "voiceRecall": mean("voiceRecall", clean),
    }


def score(result: dict) -> float:
    """One number by which seeds are compared: accuracy, correlation and contacts, clean and in noise."""
    s = result["summary"]
    return s["visemeAccuracy"] + s["apertureR"] + 0.5 * (s["closureRecall"] + s["closureRecallNoisy"])


def export_best(work: Path, report: dict, models: Path, fixtures: Path | None, settings: Settings) -> None:
    """Writes the first seed's weights of each profile, parity vectors and the model card."""
    signal = export.babble(_PARITY_SAMPLES)
    for topology in (STANDARD, LOW_LATENCY):
        network = load_network(network_path(work, topology.name, settings.seeds[0]), topology)
        path = export.write(network, models, fixtures, signal)
        log(f"{path}: {path.stat().st_size} bytes, {network.products_per_frame} products per 20 ms")
    write_card(models / "card.md", report, settings)


def main(arguments: list[str]) -> int:
    """Runs the recipe."""
    parser = argparse.ArgumentParser(prog="training.run", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything in between (some gigabytes)")
    parser.add_argument("--tiny", action="store_true", help="a minute's run for continuous integration")
    parser.add_argument("--stage", choices=_STAGES, action="append", help="only this stage; can be given several times")
    parser.add_argument("--models", type=Path, help="where the weights go (default: models/speech-motion; --tiny: the work folder)")
    parser.add_argument("--voiceless", type=Path, help="folder of 16 kHz WAV files without a voice, to be listened to in the measures")
    options = parser.parse_args(arguments)
    settings = TINY if options.tiny else FULL
    stages = options.stage or _STAGES
    models = options.models or (options.work / "models" if options.tiny else _ROOT / "models" / "speech-motion")
    fixtures = options.work / "fixtures" if options.tiny else _ROOT / "tests" / "fixtures" / "speech-motion"
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(max(1, min(2, torch.get_num_threads())))
    table = PhoneTable()
    if "corpus" in stages:
        make_corpus(options.work, settings.corpus, log)
    if "streams" in stages:
        make_streams(options.work, table)
    if "train" in stages:
        train_all(options.work, settings)
    if "evaluate" in stages:
        evaluate_all(options.work, settings, table, options.voiceless)
    if "export" in stages:
        report = json.loads((options.work / "measures.json").read_text("utf-8"))
        export_best(options.work, report, models, fixtures, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
