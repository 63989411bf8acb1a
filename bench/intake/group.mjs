// Groups a garak report in DuckDB: one line per probe and detector.
// Needs the npm package @duckdb/node-api beside it or in NODE_PATH.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.env.DUCKDB_MODULES ?? import.meta.dirname, 'x.js'))
const { DuckDBInstance } = require('@duckdb/node-api')

const db = await (await DuckDBInstance.create(':memory:')).connect()
const reader = await db.runAndReadAll(`
  WITH judged AS (
    SELECT probe_classname AS probe, detector_results AS results
    FROM read_json('${process.argv[2]}', format = 'newline_delimited', maximum_object_size = 33554432,
      columns = {entry_type: 'VARCHAR', status: 'INTEGER', probe_classname: 'VARCHAR', detector_results: 'MAP(VARCHAR, DOUBLE[])'})
    WHERE entry_type = 'attempt' AND status = 2),
  lists AS (SELECT probe, unnest(map_keys(results)) AS detector, unnest(map_values(results)) AS list FROM judged),
  scores AS (SELECT probe, detector, unnest(list) AS score FROM lists)
  SELECT probe, detector, count(*) FILTER (score >= 0.5) AS hits, count(score) AS trials
  FROM scores GROUP BY ALL ORDER BY ALL`)
for (const row of reader.getRows()) console.log(row.map(String).join(' '))
