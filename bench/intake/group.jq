# Groups a garak report in jq: one line per probe and detector. Run with jq -nrf.
reduce (inputs | select(.entry_type == "attempt" and .status == 2)) as $a ({};
  reduce ($a.detector_results | to_entries[]) as $d (.;
    reduce ($d.value[] | select(. != null)) as $score (.;
      .[$a.probe_classname + " " + $d.key] |= [(.[0] // 0) + (if $score >= 0.5 then 1 else 0 end), (.[1] // 0) + 1])))
| to_entries[] | "\(.key) \(.value[0]) \(.value[1])"
