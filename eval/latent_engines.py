"""Golden numbers of what surrounds MuseTalk's and LatentSync's networks, from their formulas, with numpy alone.

    python3 eval/latent_engines.py > tests/engines/latents/golden.json

Independent of the TypeScript under test: matrices and whole arrays, singular values instead of angles.
"""

import json

import numpy as np


def positions():
    place, pair = np.arange(50)[:, None], np.arange(192)[None, :]
    angle = place / 10_000 ** (2 * pair / 384)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(50, 384)


def musetalk_windows(frames):
    """Rows of speech around frames at 25 per second, out of an array with zeros on both sides; -1 is such a zero."""
    padded = np.concatenate([np.full(4, -1), np.arange(100), np.full(12, -1)])
    return [padded[int(np.floor(i * 50 / 25)) :][:10].tolist() for i in frames]


def latentsync_windows(frames):
    return [[min(max(k, 0), 99) for k in range(int(i * 50 / 25) - 4, int(i * 50 / 25) + 6)] for i in frames]


def ddim(steps):
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=np.float64) ** 2
    alphas = np.cumprod(1 - betas)
    ratio = 1000 // steps
    times = (np.arange(steps) * ratio)[::-1] + 1
    table = []
    for t in times:
        before = t - ratio
        table.append([int(t), float(alphas[t]), float(alphas[before] if before >= 0 else alphas[0])])
    # A network whose answer is a known function of what it sees, from a known start.
    x = np.sin(np.arange(6) + 1.0)
    for t, a, b in table:
        noise = 0.3 * x + np.cos(t / 100)
        clean = (x - np.sqrt(1 - a) * noise) / np.sqrt(a)
        x = np.sqrt(b) * clean + np.sqrt(1 - b) * noise
    return {"table": table, "last": x.tolist()}


def alignment(anchors, side):
    """Frame to the network's picture: a similarity by singular values to the template, then stretched to a square."""
    target = np.array([[17, 20], [58, 20], [37.5, 40]])
    source = np.array(anchors, dtype=np.float64)
    to, of = target - target.mean(0), source - source.mean(0)
    scale = to.std() / of.std()
    u, _, vt = np.linalg.svd((of / of.std()).T @ (to / to.std()))
    if np.linalg.det(u @ vt) < 0:
        vt[-1] *= -1
    turn = scale * (u @ vt).T
    matrix = np.column_stack([turn, target.mean(0) - turn @ source.mean(0)])
    return (np.diag([side / 75, side / 100]) @ matrix).tolist()


if __name__ == "__main__":
    frames = [0, 1, 2, 3, 20, 47, 48, 49]
    faces = [
        [[310, 200], [420, 204], [362, 262]],
        [[100.5, 80.25], [160, 110], [118, 140]],
        [[900, 500], [700, 480], [810, 600]],
    ]
    golden = {
        "positions": [[p, k, float(positions()[p, k])] for p in (0, 1, 7, 49) for k in (0, 1, 2, 191, 192, 383)],
        "frames": frames,
        "musetalk": musetalk_windows(frames),
        "latentsync": latentsync_windows(frames),
        "ddim": {str(steps): ddim(steps) for steps in (10, 20, 50)},
        "alignment": [{"anchors": face, "side": side, "matrix": alignment(face, side)} for face in faces for side in (256, 512)],
    }
    print(json.dumps(golden, separators=(",", ":")))
