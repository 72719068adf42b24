"""Golden numbers of the Fréchet distance, from its definition. Needs NumPy and SciPy.

    python3 eval/frechet.py > tests/quality/fixtures/frechet.json

Independent of the TypeScript under test: covariances and the root of their product as matrices.
"""

import json
import sys

import numpy
from scipy import linalg


def noise(count, length, seed):
    """Numbers that the test can make too: sines of growing angles, in single precision."""
    angles = (numpy.arange(count * length, dtype=numpy.float64) + 1) * (seed + 0.618)
    return numpy.sin(angles * angles).reshape(count, length).astype(numpy.float32)


def distance(a, b):
    a, b = a.astype(numpy.float64), b.astype(numpy.float64)
    covariances = [numpy.cov(points, rowvar=False) for points in (a, b)]
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    apart = a.mean(axis=0) - b.mean(axis=0)
    return float(apart @ apart + numpy.trace(covariances[0] + covariances[1] - 2 * root))


def rank_distance(a, b):
    """With fewer points than numbers the product has no exact root: the sum of the roots of its eigenvalues, in long arithmetic."""
    import mpmath

    mpmath.mp.dps = 60
    a, b = (mpmath.matrix(points.astype(numpy.float64).tolist()) for points in (a, b))

    def moments(points):
        count = points.rows
        mean = mpmath.matrix([sum(points[row, at] for row in range(count)) / count for at in range(points.cols)])
        centred = mpmath.matrix(count, points.cols)
        for row in range(count):
            for at in range(points.cols):
                centred[row, at] = points[row, at] - mean[at]
        return mean, centred.T * centred / (count - 1)

    (mean, covariance), (other_mean, other) = moments(a), moments(b)
    values = mpmath.eig(covariance * other, left=False, right=False)
    apart = mean - other_mean
    trace = sum(covariance[at, at] + other[at, at] for at in range(covariance.rows))
    return float((apart.T * apart)[0] + trace - 2 * sum(mpmath.sqrt(abs(value)) for value in values))


CASES = [
    {"name": "more points than numbers", "a": [60, 16, 1], "b": [90, 16, 2], "shift": 0.25, "gain": 1.5},
    {"name": "as many points as numbers", "a": [24, 24, 3], "b": [24, 24, 4], "shift": 0, "gain": 1},
    {"name": "fewer points than numbers", "a": [7, 20, 5], "b": [11, 20, 6], "shift": -1, "gain": 0.5},
]

for case in CASES:
    a, b = noise(*case["a"]), noise(*case["b"]) * numpy.float32(case["gain"]) + numpy.float32(case["shift"])
    exact = min(case["a"][0], case["b"][0]) > case["a"][1]
    case["distance"] = (distance if exact else rank_distance)(a, b)
json.dump(CASES, sys.stdout, indent=2)
print()
