#!/usr/bin/env python3
"""Writes two-arm.csv: differences and exact tests of two arms by SciPy and statsmodels.

Columns: k1,n1,k2,n2, Newcombe's 95 % interval of k1/n1 - k2/n2, Fisher's exact p (greater, two-sided),
and, for k1 and k2 as the two discordant counts of a paired table, McNemar's exact p (greater, two-sided).
Made with SciPy 1.10.1 and statsmodels 0.13.5: ./two-arm.py > two-arm.csv
"""
import itertools

from scipy.stats import binomtest, fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

print("k1,n1,k2,n2,lo,hi,fisher_greater,fisher_two_sided,mcnemar_greater,mcnemar_two_sided")
arms = [(k, n) for n in (1, 2, 7, 40, 497) for k in sorted({0, 1, n // 3, n // 2, n - 1, n})]
for (k1, n1), (k2, n2) in itertools.product(arms, arms):
    lo, hi = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    table = [[k1, n1 - k1], [k2, n2 - k2]]
    fisher = [fisher_exact(table, alternative=a)[1] for a in ("greater", "two-sided")]
    paired = [1.0, 1.0]
    if k1 + k2 > 0:
        paired = [binomtest(k1, k1 + k2, 0.5, alternative=a).pvalue for a in ("greater", "two-sided")]
    row = [k1, n1, k2, n2] + [f"{v:.15g}" for v in (lo, hi, *fisher, *paired)]
    print(",".join(map(str, row)))
