"""Everything that a run of the recipe can be asked to do differently, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CorpusSettings:
    """Minutes of speech and music to make."""

    espeak: float = 170
    """espeak-ng, all languages and trained variants together."""
    human: dict[str, float] = field(
        default_factory=lambda: {"rms": 75, "slt": 60, "kal": 35, "slt-hts": 20, "ru": 50}
    )
    """Voices built from recordings."""
    nonce: dict[str, float] = field(default_factory=lambda: {"rms": 22, "slt": 18})
    """The same, speaking syllables that English does not have (phones given directly)."""
    japanese: float = 18
    """The Japanese voice."""
    revoiced: float = 0.4
    """Other speakers made of each recorded utterance, on average."""
    sung: float = 15
    """Minutes of singing."""
    music: float = 60
    """Minutes of instrumental music."""
    held_out: float = 5
    """Minutes of each held-out voice."""


@dataclass(frozen=True)
class Topology:
    """Shape of a network: channels, and kernel, dilation and look-ahead (in frames of 20 ms) of each block.

    The entry convolution has kernel 5, stride 2 and looks `entry_look_ahead` frames of 10 ms ahead.
    """

    name: str
    channels: int
    blocks: tuple[tuple[int, int, int], ...]
    entry_look_ahead: int

    @property
    def look_ahead_ms(self) -> int:
        """Milliseconds of future that an output needs, without the half window of its last mel frame."""
        return 10 * self.entry_look_ahead + 20 * sum(block[2] for block in self.blocks)


@dataclass(frozen=True)
class TrainSettings:
    """One optimisation."""

    steps: int
    shares: tuple[float, float, float, float]
    """Share of crops from the clean, the changed, the revoiced and the sung streams."""
    batch: int = 32
    crop_seconds: float = 4.0
    learning_rate: float = 2.5e-3
    warm_up: int = 100
    rarity: float = 0.12
    """Classes weigh by their frequency to the power of minus this..."""
    contact: float = 0.04
    """...and a lip contact without a sure frame costs this much of its logarithm: more finds contacts where there are none."""
    bite: float = 0.08
    """The same for contacts of lip and teeth."""
    average_from: float = 0.6
    """Share of the steps after which the running mean of the weights begins."""
    quantised_steps: int = 0
    """Last steps, in which the weights are rounded to 8 bits in the forward pass."""


STANDARD = Topology(
    "standard", 88, ((5, 1, 2), (3, 2, 2), (3, 4, 0), (3, 8, 0), (3, 16, 0), (3, 1, 0)), entry_look_ahead=2
)
"""100 ms of look-ahead; for files and for live sound that can wait."""
LOW_LATENCY = Topology("low-latency", 48, ((5, 1, 0), (3, 2, 0), (3, 4, 0), (3, 8, 0), (3, 1, 0)), entry_look_ahead=0)
"""No look-ahead."""


@dataclass(frozen=True)
class Settings:
    """One run of the whole recipe."""

    corpus: CorpusSettings = CorpusSettings()
    base: TrainSettings = TrainSettings(steps=2000, shares=(0.4, 0.6, 0, 0), rarity=0.3, contact=0.12, bite=0.05)
    """First the voices as they are recorded or synthesised..."""
    refined: TrainSettings = TrainSettings(steps=3000, shares=(0.25, 0.25, 0.39, 0.11), learning_rate=2e-3)
    """...then all speakers, singers and whisperers..."""
    polished: TrainSettings = TrainSettings(
        steps=2400, shares=(0.4, 0.2, 0.3, 0.1), learning_rate=1.5e-3, rarity=0.08, contact=0.09, quantised_steps=300
    )
    """...then more of the clean ones, surer contacts and rounded weights; the standard network is the mean of these three..."""
    low_latency: TrainSettings = TrainSettings(
        steps=1600, shares=(0.35, 0.2, 0.35, 0.1), contact=0.09, quantised_steps=200
    )
    """...and then the small network, which the standard one teaches."""
    seeds: tuple[int, ...] = (1, 2)


FULL = Settings()
"""The recipe of the shipped weights."""

_TINY = TrainSettings(
    steps=20, shares=(0.3, 0.3, 0.3, 0.1), batch=4, crop_seconds=2.0, warm_up=5, quantised_steps=8
)
TINY = Settings(
    corpus=CorpusSettings(
        espeak=1.0, human={"rms": 0.4, "kal": 0.3}, nonce={"rms": 0.1}, japanese=0, revoiced=0.5, sung=0.15, music=0.4, held_out=0.2
    ),
    base=_TINY,
    refined=_TINY,
    polished=_TINY,
    low_latency=_TINY,
    seeds=(1,),
)
"""A minute's work that goes through every stage; its weights are good for nothing."""
