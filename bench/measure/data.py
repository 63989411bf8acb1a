"""Writes the evidence that the comparison measures: data.py DIR. Seeded; about 130 MB."""
import os
import sys

import numpy as np

SEED = 20261124
OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)


def path(name):
    return os.path.join(OUT, name)


def shadow_models(rng, examples=50_000, models=128):
    """Each example is in the training set of exactly half of the models, and scores higher there."""
    order = rng.random((examples, models)).argsort(axis=1)
    keep = order < models // 2
    difficulty = rng.normal(2, 2, (examples, 1))
    memorised = rng.exponential(0.6, (examples, 1))
    scores = difficulty + memorised * keep + rng.normal(0, 1, (examples, models))
    np.savez(path("lira.npz"), scores=scores.astype(np.float32), keep=keep, target=models - 1)


def scores(rng, name, n, dtype):
    member = rng.random(n) < 0.5
    values = rng.normal(0, 1, n) + 0.5 * member
    np.save(path(name + "-scores.npy"), values.astype(dtype))
    np.save(path(name + "-members.npy"), member)


def relative(rng, examples=50_000, population=10_000, models=9):
    """Model 0 is the target; an example is in half of the others."""
    keep = rng.random((examples, models)) < 0.5
    keep[:, 1], keep[:, 2] = True, False
    logits = rng.normal(2, 2, (examples, 1)) + 0.8 * keep + rng.normal(0, 1, (examples, models))
    outside = rng.normal(2, 2, (population, 1)) + rng.normal(0, 1, (population, models))
    np.savez(
        path("rmia.npz"),
        signals=1 / (1 + np.exp(-logits)),
        memberships=keep,
        population=1 / (1 + np.exp(-outside)),
    )


rng = np.random.default_rng(SEED)
shadow_models(rng)
scores(rng, "ten-million", 10_000_000, np.float64)
scores(rng, "hundred-thousand", 100_000, np.float64)
relative(rng)
