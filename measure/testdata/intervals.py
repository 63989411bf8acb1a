"""Writes intervals.csv: intervals as SciPy has them, or as the formula of the paper gives
them where SciPy has none. Run with Debian's python3-scipy: python3 intervals.py > intervals.csv

Columns: method; the counts, k and n, or for newcombe-paired both, attack only, baseline only, neither;
the level; and the two bounds.
"""
import math
import random

from scipy.stats import beta, norm

random.seed(1)


def wilson(k, n, level):
    if n == 0:
        return 0.0, 1.0
    z = norm.ppf(0.5 + level / 2)
    p = k / n
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else center - half), (1.0 if k == n else center + half)


def clopper_pearson(k, n, level):
    # binomtest(k, n).proportion_ci finds the same by a root search that stops at 2e-12.
    tail = 0.5 - level / 2
    low = 0.0 if k == 0 else beta.ppf(tail, k, n - k + 1)
    high = 1.0 if k == n else beta.isf(tail, k + 1, n - k)
    return low, high


def newcombe_paired(a, b, c, d, level):
    n = a + b + c + d
    (l1, u1), (l2, u2) = wilson(a + b, n, level), wilson(a + c, n, level)
    p1, p2 = (a + b) / n, (a + c) / n
    product = (a + b) * (c + d) * (a + c) * (b + d)
    phi = (a * d - b * c) / math.sqrt(product) if product else 0.0

    def half(x, y):
        return math.sqrt(max(0.0, x * x - 2 * phi * x * y + y * y))

    return p1 - p2 - half(p1 - l1, u2 - p2), p1 - p2 + half(u1 - p1, p2 - l2)


def row(method, counts, level, values):
    counts = list(counts) + [""] * (4 - len(counts))
    print(",".join([method] + [str(c) for c in counts] + ["%g" % level] + ["%.17g" % v for v in values]))


def main():
    print("method,a,b,c,d,level,lo,hi")
    sizes = [1, 2, 3, 10, 40, 121, 917, 3688, 36887, 1_000_000]
    for n in sizes:
        for k in sorted({0, 1, n // 1000, n // 10, n // 2, n - 1, n}):
            for level in (0.95, 0.99):
                row("wilson", (k, n), level, wilson(k, n, level))
                row("clopper-pearson", (k, n), level, clopper_pearson(k, n, level))
    for _ in range(40):
        table = [random.choice([0, 1, random.randint(0, 60)]) for _ in range(4)]
        table[0] += sum(table) == 0
        row("newcombe-paired", table, 0.95, newcombe_paired(*table, 0.95))


main()
