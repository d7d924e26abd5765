-- From one count of batches to the next: planned, ordered, received, on file, with an outcome, tested, judged, failing,
-- findings, published; and from findings to what is closed (definitions.md#counts).
--
-- kind: a population, or what is taken from (less) or added to (more) the population before it to reach the next.
-- Every row is counted by a condition, none is a difference of others, so that `balanced` can fail: a population is
-- balanced where it equals the one before it with what stands between them.
-- Purchases are rows of silver.sampling_order, samples rows of gold.sampling_lifecycle. A purchase that was lost or
-- cancelled may have a sample all the same: its exit. `outcome` is what the procedure lets stand; a sample with a
-- conclusion counts as tested, also where it left before the test. One that left for a reason that its source does not
-- state has no outcome and is closed all the same.
WITH orders AS (
  SELECT o.sampling_order_id, o.status, COUNT(s.sample_id) AS n_samples
  FROM silver_sampling_order AS o
  LEFT JOIN gold_sampling_lifecycle AS s ON o.sampling_order_id = s.sampling_order_id
  GROUP BY o.sampling_order_id, o.status
),
bought AS (
  SELECT
    COUNT(*) AS planned,
    COUNT_IF(status = 'planned') AS to_order,
    COUNT_IF(status = 'cancelled') AS cancelled,
    COUNT_IF(status IN ('ordered', 'received', 'lost')) AS ordered,
    COUNT_IF(status = 'ordered') AS under_way,
    COUNT_IF(status = 'lost') AS lost,
    COUNT_IF(status = 'received') AS received,
    COUNT_IF(status = 'received' AND n_samples = 0) AS unrecorded,
    COUNT_IF(status <> 'received' AND n_samples > 0) AS recorded_otherwise,
    COALESCE(SUM(CASE WHEN n_samples > 1 THEN n_samples - 1 ELSE 0 END), 0) AS further
  FROM orders
),
taken AS (
  SELECT
    COUNT(*) AS on_file,
    COUNT_IF(o.sampling_order_id IS NULL) AS without_order,
    COUNT_IF(s.outcome IS NULL AND s.exit_kind IS NULL) AS no_outcome,
    COUNT_IF(s.outcome IS NOT NULL OR s.exit_kind IS NOT NULL) AS with_outcome,
    COUNT_IF(s.outcome IS NULL AND s.exit_kind = 'void') AS exited_void,
    COUNT_IF(s.outcome IS NULL AND s.exit_kind = 'violation') AS exited_violation,
    COUNT_IF(s.outcome IS NOT NULL) AS tested,
    COUNT_IF(s.outcome = 'not_judged') AS not_judged,
    COUNT_IF(s.outcome IN ('conforming', 'nonconforming')) AS judged,
    COUNT_IF(s.outcome = 'conforming') AS conforming,
    COUNT_IF(s.outcome = 'nonconforming') AS failing,
    COUNT_IF(s.exit_kind = 'violation' AND s.outcome IN ('conforming', 'not_judged')) AS violation_and_tested,
    COUNT_IF(s.exit_kind = 'violation' OR s.outcome = 'nonconforming') AS findings,
    COUNT_IF((s.exit_kind = 'violation' OR s.outcome = 'nonconforming') AND s.published_on IS NULL) AS unpublished,
    COUNT_IF((s.exit_kind = 'violation' OR s.outcome = 'nonconforming') AND s.published_on IS NOT NULL) AS published,
    COUNT_IF((s.exit_kind = 'violation' OR s.outcome = 'nonconforming') AND NOT s.closed) AS findings_open,
    COUNT_IF((s.exit_kind = 'violation' OR s.outcome = 'nonconforming') AND s.closed) AS findings_closed,
    COUNT_IF(
      s.closed AND s.outcome IN ('conforming', 'not_judged') AND COALESCE(s.exit_kind, '') <> 'violation'
    ) AS closed_nothing_found,
    COUNT_IF(s.closed AND s.outcome IS NULL AND s.exit_kind = 'void') AS closed_void,
    COUNT_IF(s.closed AND s.outcome IS NULL AND s.exit_kind IS NULL) AS closed_unstated,
    COUNT_IF(s.closed) AS closed
  FROM gold_sampling_lifecycle AS s
  LEFT JOIN silver_sampling_order AS o ON s.sampling_order_id = o.sampling_order_id
),
lines AS (
  SELECT 'found' AS part, 1 AS step, 'planned' AS item, 'population' AS kind, planned AS n FROM bought
  UNION ALL SELECT 'found' AS part, 2 AS step, 'to_order' AS item, 'less' AS kind, to_order AS n FROM bought
  UNION ALL SELECT 'found' AS part, 3 AS step, 'cancelled' AS item, 'less' AS kind, cancelled AS n FROM bought
  UNION ALL SELECT 'found' AS part, 4 AS step, 'ordered' AS item, 'population' AS kind, ordered AS n FROM bought
  UNION ALL SELECT 'found' AS part, 5 AS step, 'under_way' AS item, 'less' AS kind, under_way AS n FROM bought
  UNION ALL SELECT 'found' AS part, 6 AS step, 'lost' AS item, 'less' AS kind, lost AS n FROM bought
  UNION ALL SELECT 'found' AS part, 7 AS step, 'received' AS item, 'population' AS kind, received AS n FROM bought
  UNION ALL SELECT 'found' AS part, 8 AS step, 'unrecorded' AS item, 'less' AS kind, unrecorded AS n FROM bought
  UNION ALL
  SELECT 'found' AS part, 9 AS step, 'recorded_otherwise' AS item, 'more' AS kind, recorded_otherwise AS n FROM bought
  UNION ALL SELECT 'found' AS part, 10 AS step, 'further' AS item, 'more' AS kind, further AS n FROM bought
  UNION ALL SELECT 'found' AS part, 11 AS step, 'without_order' AS item, 'more' AS kind, without_order AS n FROM taken
  UNION ALL SELECT 'found' AS part, 12 AS step, 'on_file' AS item, 'population' AS kind, on_file AS n FROM taken
  UNION ALL SELECT 'found' AS part, 13 AS step, 'no_outcome' AS item, 'less' AS kind, no_outcome AS n FROM taken
  UNION ALL SELECT 'found' AS part, 14 AS step, 'with_outcome' AS item, 'population' AS kind, with_outcome AS n FROM taken
  UNION ALL SELECT 'found' AS part, 15 AS step, 'exited_void' AS item, 'less' AS kind, exited_void AS n FROM taken
  UNION ALL
  SELECT 'found' AS part, 16 AS step, 'exited_violation' AS item, 'less' AS kind, exited_violation AS n FROM taken
  UNION ALL SELECT 'found' AS part, 17 AS step, 'tested' AS item, 'population' AS kind, tested AS n FROM taken
  UNION ALL SELECT 'found' AS part, 18 AS step, 'not_judged' AS item, 'less' AS kind, not_judged AS n FROM taken
  UNION ALL SELECT 'found' AS part, 19 AS step, 'judged' AS item, 'population' AS kind, judged AS n FROM taken
  UNION ALL SELECT 'found' AS part, 20 AS step, 'conforming' AS item, 'less' AS kind, conforming AS n FROM taken
  UNION ALL SELECT 'found' AS part, 21 AS step, 'failing' AS item, 'population' AS kind, failing AS n FROM taken
  UNION ALL
  SELECT 'found' AS part, 22 AS step, 'exited_violation' AS item, 'more' AS kind, exited_violation AS n FROM taken
  UNION ALL
  SELECT 'found' AS part, 23 AS step, 'violation_and_tested' AS item, 'more' AS kind, violation_and_tested AS n FROM taken
  UNION ALL SELECT 'found' AS part, 24 AS step, 'findings' AS item, 'population' AS kind, findings AS n FROM taken
  UNION ALL SELECT 'found' AS part, 25 AS step, 'unpublished' AS item, 'less' AS kind, unpublished AS n FROM taken
  UNION ALL SELECT 'found' AS part, 26 AS step, 'published' AS item, 'population' AS kind, published AS n FROM taken
  UNION ALL SELECT 'closed' AS part, 1 AS step, 'findings' AS item, 'population' AS kind, findings AS n FROM taken
  UNION ALL SELECT 'closed' AS part, 2 AS step, 'findings_open' AS item, 'less' AS kind, findings_open AS n FROM taken
  UNION ALL
  SELECT 'closed' AS part, 3 AS step, 'findings_closed' AS item, 'population' AS kind, findings_closed AS n FROM taken
  UNION ALL
  SELECT 'closed' AS part, 4 AS step, 'closed_nothing_found' AS item, 'more' AS kind, closed_nothing_found AS n FROM taken
  UNION ALL SELECT 'closed' AS part, 5 AS step, 'closed_void' AS item, 'more' AS kind, closed_void AS n FROM taken
  UNION ALL
  SELECT 'closed' AS part, 6 AS step, 'closed_unstated' AS item, 'more' AS kind, closed_unstated AS n FROM taken
  UNION ALL SELECT 'closed' AS part, 7 AS step, 'closed' AS item, 'population' AS kind, closed AS n FROM taken
)
SELECT
  part, step, item, kind, CAST(n AS BIGINT) AS n,
  CASE
    WHEN kind = 'population' THEN n = SUM(
      CASE WHEN kind = 'more' OR step = 1 THEN n WHEN kind = 'less' THEN -n ELSE 0 END
    ) OVER (PARTITION BY part ORDER BY step)
    ELSE TRUE
  END AS balanced
FROM lines
