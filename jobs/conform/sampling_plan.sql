-- Sampling plans: one row per plan, those that were filed and those that only their samples name.
--
-- A plan of silver.sample that was not filed is taken as `targeted` and flagged `named_by_samples_only`: whose
-- design is not known cannot be taken for a probability sample, so its rate stays a finding rate. Its
-- jurisdiction is the deployment's where any of its samples is of that, else that of its samples.
WITH named AS (
  SELECT
    s.plan_id,
    COALESCE(MAX(CASE WHEN s._jurisdiction = :nation THEN :nation END), MIN(s._jurisdiction)) AS jurisdiction
  FROM silver_sample AS s
  WHERE NOT EXISTS (SELECT 1 FROM bronze_sampling_plan AS filed WHERE filed.plan_id = s.plan_id)
  GROUP BY s.plan_id
)
SELECT
  plan_id, type, name_zh, name_en, issuer_region_code, issuer_level, starts_on, ends_on, _flags, _ended_on, _source,
  _load_key, _record, _jurisdiction, _currency
FROM bronze_sampling_plan
UNION ALL
SELECT
  plan_id, 'targeted' AS type, CAST(NULL AS STRING) AS name_zh, CAST(NULL AS STRING) AS name_en,
  CAST(NULL AS STRING) AS issuer_region_code,
  CAST(NULL AS STRING) AS issuer_level, CAST(NULL AS DATE) AS starts_on, CAST(NULL AS DATE) AS ends_on,
  ARRAY('named_by_samples_only') AS _flags, CAST(NULL AS DATE) AS _ended_on, CAST(NULL AS STRING) AS _source,
  CAST(NULL AS STRING) AS _load_key, CAST(NULL AS BIGINT) AS _record, jurisdiction AS _jurisdiction,
  CAST(NULL AS STRING) AS _currency
FROM named
