"""Writes the model card from the measures of a run."""

from __future__ import annotations

from pathlib import Path

from . import evaluate
from .network import SpeechMotionNetwork
from .settings import LOW_LATENCY, STANDARD, Settings, Topology

_TEMPLATE = Path(__file__).with_name("card-template.md")
_COLUMNS = {
    "visemeAccuracy": "visemes",
    "apertureR": "aperture r",
    "widthR": "width r",
    "closureRecall": "p b m closed",
    "labiodentalRecall": "f v seen",
    "vowelsLost": "open vowels lost",
    "silenceRecall": "silence",
    "voiceRecall": "voice heard",
}


def _shape(topology: Topology) -> str:
    network = SpeechMotionNetwork(topology)
    blocks = ", ".join(f"{k}/{d}/{20 * a}" for k, d, a in topology.blocks)
    return (
        f"{topology.channels} channels, {len(topology.blocks)} blocks (kernel/dilation/look-ahead ms: {blocks}), "
        f"{network.parameter_count:,} parameters, {network.products_per_frame:,} products per 20 ms"
    )


def _table(voices: dict) -> str:
    lines = ["| voice | condition | " + " | ".join(_COLUMNS.values()) + " |", "|---" * (len(_COLUMNS) + 2) + "|"]
    for voice, conditions in voices.items():
        for condition in evaluate.CONDITIONS:
            if condition in conditions:
                cells = " | ".join(f"{conditions[condition][key]:.3f}" for key in _COLUMNS)
                lines.append(f"| {voice} | {condition} | {cells} |")
    return "\n".join(lines)


def _summaries(report: dict) -> str:
    names = list(report)
    keys = list(next(iter(report.values()))["summary"])
    lines = ["| mean over the held-out recorded voices | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for key in keys:
        lines.append(f"| {key} | " + " | ".join(f"{report[name]['summary'][key]:.3f}" for name in names) + " |")
    if all("music" in report[name] for name in names):
        cells = " | ".join(f"{report[name]['music']['voice']:.3f}" for name in names)
        lines.append(f"| instrumental music taken for a voice (scripted pieces) | {cells} |")
    return "\n".join(lines)


def write_card(path: Path, report: dict, settings: Settings) -> None:
    """Fills `card-template.md` with shapes, settings and measures of every seed; the first seed is the one that ships."""
    first = settings.seeds[0]
    standard, low = report[f"{STANDARD.name}-{first}"], report[f"{LOW_LATENCY.name}-{first}"]
    foreign = standard.get("voiceless")
    values = {
        "voiceless": f"on {foreign['files']} pieces of game music (evaluation only) it hears a voice in {100 * foreign['voice']:.0f} % of the frames"
        if foreign
        else "music of other makers was not measured in this run",
        "standard-shape": _shape(STANDARD),
        "low-latency-shape": _shape(LOW_LATENCY),
        "seeds": ", ".join(map(str, settings.seeds)),
        "summaries": _summaries(report),
        "standard-table": _table(standard["voices"]),
        "low-latency-table": _table({name: {"clean": rows["clean"]} for name, rows in low["voices"].items()}),
        "confusions": "\n".join(f"- {name}: {', '.join(pairs)}" for name, pairs in standard["confusions"].items()),
        "recipe": f"Base {settings.base.steps} steps, refined {settings.refined.steps}, polished {settings.polished.steps} steps; low-latency "
        f"{settings.low_latency.steps}, {settings.base.batch} crops of {settings.base.crop_seconds:g} s each",
    }
    text = _TEMPLATE.read_text("utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    path.write_text(text, "utf-8")
