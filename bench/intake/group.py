"""Groups a garak report the plain way, with Python's json: one line per probe and detector."""

import collections
import json
import sys

counts = collections.defaultdict(lambda: [0, 0])
with open(sys.argv[1], encoding="utf-8") as report:
    for line in report:
        record = json.loads(line)
        if record["entry_type"] != "attempt" or record["status"] != 2:
            continue
        for detector, scores in record["detector_results"].items():
            group = counts[record["probe_classname"], detector]
            for score in scores:
                if score is not None:
                    group[0] += score >= 0.5
                    group[1] += 1
for (probe, detector), (hits, trials) in sorted(counts.items()):
    print(probe, detector, hits, trials)
