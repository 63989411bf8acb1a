"""What an analyst would write with NumPy, SciPy and scikit-learn: compare.py TASK DIR.

Each task runs from the files to the printed numbers and is timed as a whole process by run.py, which
also prints the seconds of the innermost function that a task reports on a line "inner: S".
"""
import os
import sys
import time

import numpy as np

TASK, DIR = sys.argv[1:3]


def path(name):
    return os.path.join(DIR, name)


def log_normal(x, mean, deviation):
    z = (x - mean) / deviation
    return -z * z / 2 - np.log(deviation) - np.log(2 * np.pi) / 2


def report(scores, member):
    from sklearn.metrics import roc_auc_score, roc_curve

    fpr, tpr, _ = roc_curve(member, scores, drop_intermediate=False)
    print("auc", roc_auc_score(member, scores))
    for limit in (0.01, 0.001, 0.0001):
        print("tpr@%g" % limit, tpr[fpr <= limit].max())


def shadows():
    data = np.load(path("lira.npz"))
    return data["scores"], data["keep"], int(data["target"])


def lira_vectorised():
    """Online LiRA, all examples at once."""
    scores, keep, target = shadows()
    start = time.perf_counter()
    own, member = scores[:, target].astype(np.float64), keep[:, target]
    shadow, inside = np.delete(scores, target, axis=1), np.delete(keep, target, axis=1)
    fewest = inside.sum(axis=1).min(), (~inside).sum(axis=1).min()
    fits = []
    for side, count in zip((inside, ~inside), fewest):
        first = np.argsort(~side, axis=1, kind="stable")[:, :count]
        chosen = np.take_along_axis(shadow, first, axis=1).astype(np.float64)
        fits.append((np.median(chosen, axis=1), chosen.std(axis=1) + 1e-30))
    result = log_normal(own, *fits[0]) - log_normal(own, *fits[1])
    print("inner:", time.perf_counter() - start)
    report(result, member)


def lira_loop():
    """Online LiRA, the shadow scores gathered example by example, with SciPy's densities."""
    import scipy.stats

    scores, keep, target = shadows()
    # Models first, then examples, then queries, as reference code stacks the files of its models.
    scores, keep = np.ascontiguousarray(scores.T)[:, :, None], np.ascontiguousarray(keep.T)
    start = time.perf_counter()
    others = [m for m in range(len(scores)) if m != target]
    shadow, inside = scores[others], keep[others]
    own, densities = scores[target, :, 0].astype(np.float64), []
    for side in (inside, ~inside):
        gathered = []
        for example in range(shadow.shape[1]):
            gathered.append(shadow[side[:, example], example, :])
        fewest = min(map(len, gathered))
        table = np.array([row[:fewest] for row in gathered], dtype=np.float64)[:, :, 0]
        densities.append(scipy.stats.norm.logpdf(own, np.median(table, 1), np.std(table, 1) + 1e-30))
    print("inner:", time.perf_counter() - start)
    report(densities[0] - densities[1], keep[target])


def roc():
    """ROC and AUC of ten million scores; no interval at all."""
    scores, member = np.load(path("ten-million-scores.npy")), np.load(path("ten-million-members.npy"))
    start = time.perf_counter()
    report(scores, member)
    print("inner:", time.perf_counter() - start)


def bootstrap():
    """TPR at an FPR of 0.1 % with the percentile bootstrap of 1,000 resamples."""
    scores, member = np.load(path("hundred-thousand-scores.npy")), np.load(path("hundred-thousand-members.npy"))
    start = time.perf_counter()
    rng = np.random.default_rng(1)
    ones, zeros = scores[member], scores[~member]
    allowed = int(0.001 * len(zeros))
    rates = []
    for _ in range(1000):
        resampled = rng.choice(zeros, len(zeros))
        bar = np.partition(resampled, -allowed - 1)[-allowed - 1]
        rates.append((rng.choice(ones, len(ones)) > bar).mean())
    bar = np.partition(zeros, -allowed - 1)[-allowed - 1]
    print("tpr@0.001", (ones > bar).mean(), np.percentile(rates, [2.5, 97.5]))
    print("inner:", time.perf_counter() - start)


def rmia_matrix():
    """RMIA through the matrix of all ratios, in blocks that fit into memory."""
    data = np.load(path("rmia.npz"))
    signals, keep, population = data["signals"], data["memberships"], data["population"]
    start = time.perf_counter()
    a, gamma, k = 0.3, 2, int((~keep[:, 1:]).sum(axis=1).min())
    outside = np.where(keep[:, 1:], -1, signals[:, 1:])
    mean_x = np.sort(outside, axis=1)[:, -k:].mean(axis=1)
    mean_z = np.sort(population[:, 1:], axis=1)[:, -k:].mean(axis=1)
    ratio_x = signals[:, 0] / ((1 + a) / 2 * mean_x + (1 - a) / 2)
    ratio_z = population[:, 0] / ((1 + a) / 2 * mean_z + (1 - a) / 2)
    result = (ratio_x[:, None] / ratio_z[None, :] > gamma).mean(axis=1)
    print("inner:", time.perf_counter() - start)
    print("sum", result.sum())
    report(result, keep[:, 0])


TASKS = {
    "lira-vectorised": lira_vectorised,
    "lira-loop": lira_loop,
    "roc": roc,
    "bootstrap": bootstrap,
    "rmia": rmia_matrix,
}
TASKS[TASK]()
