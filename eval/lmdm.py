"""Golden numbers of Ditto's sampling, from its formulas, with the standard library alone.

    python3 eval/lmdm.py > tests/engines/ditto/fixtures/golden.json

Independent of the TypeScript under test: whole motions at once, single precision by packing numbers.
"""

import json
import math
import struct

STEPS = 1000


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def kept_shares():
    alphas = [math.cos((t / STEPS + 8e-3) / (1 + 8e-3) * math.pi / 2) ** 2 for t in range(STEPS + 1)]
    betas = [min(0.999, max(0.0, 1 - b / a)) for a, b in zip(alphas, alphas[1:])]
    kept, product = [], 1.0
    for beta in betas:
        product *= single(1 - single(beta))
        kept.append(single(product))
    return kept


def schedule(count):
    kept = kept_shares()
    times = [int(-1 + STEPS * k / count) for k in range(count + 1)][::-1]
    rows = []
    for now, then in zip(times, times[1:]):
        if then < 0:
            rows.append([now, 1, 0, 0])
            continue
        a, b = kept[now], kept[then]
        sigma = math.sqrt((1 - a / b) * (1 - b) / (1 - a))
        rows.append([now, math.sqrt(b), math.sqrt(1 - b - sigma**2), sigma])
    return rows


def window(number, frame, place):
    """Motion that the test makes, too: any two windows differ where they overlap."""
    return math.sin(1.3 * number + 0.37 * frame + 0.11 * place) * (1 + place / 100)


def joined(frames, overlap, place, online):
    """One number of a motion of several windows, and what each window was told to go on from; None is the photo.

    Online, silence as long as the overlap comes first, windows fade into each other over what is new alone, and each begins with the
    expression of the photo.
    """
    motion, starts = None, []
    number = 0
    smooth = place < 202
    lead = overlap if online else 0
    fade = min(overlap, 80 - overlap) if online else overlap
    while motion is None or len(motion) < lead + frames:
        drawn = [window(number, k, place) for k in range(80)]
        if motion is None:
            starts.append(None)
            motion = drawn
            first, last = 0, 80
        else:
            starts.append(None if online and not smooth else motion[len(motion) - overlap - 1])
            seam = len(motion) - fade
            for k in range(fade):
                motion[seam + k] = motion[seam + k] * (1 - k / fade) + drawn[overlap - fade + k] * k / fade
            motion = motion + drawn[overlap:]
            first, last = seam, seam + fade + 1
        if smooth:
            old = list(motion)
            for i in range(first, last):
                near = old[max(0, i - 1) : i + 2]
                motion[i] = sum(near) / len(near)
        number += 1
    return motion[lead : lead + frames], starts


print(
    json.dumps(
        {
            "schedules": {str(count): schedule(count) for count in (10, 50)},
            "motions": [
                {
                    "frames": frames,
                    "overlap": overlap,
                    "online": online,
                    "place": place,
                    "motion": motion,
                    "starts": starts,
                }
                for frames, overlap, online in (
                    (1, 10, False),
                    (80, 10, False),
                    (81, 10, False),
                    (213, 10, False),
                    (100, 70, False),
                    (7, 70, True),
                    (45, 70, True),
                    (90, 10, True),
                )
                for place in (0, 201, 202, 264)
                for motion, starts in [joined(frames, overlap, place, online)]
            ],
        }
    )
)
