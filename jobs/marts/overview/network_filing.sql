-- Records that each party of the network files: one row per party, kind of data, provider, platform, region and day.
-- gold.network_coverage sums them as of a day.
--
-- A party is a kind of organisation that files data, such as `platform` or `lab`; a provider is one such
-- organisation: the source that filed the records, or a platform by its code, no matter which of its sources filed.
-- Kinds of data: 基础 basic, who and what there is, and trade; 监管 supervision, what authorities hear, plan and
-- decide; 管控 control, what was done about it; 检测 testing, samples and results.
-- Platform and region: what a record says itself goes before what its sample says. Of records whose table has a
-- region only that region counts. What is not known is `unknown`, a day that is not stated 1900-01-01. A plan that
-- only samples name has no source: no one filed it.
-- Order lines and reviews are not among them: how many a platform files is confidential (gold.commerce_state).
WITH filed AS (
  SELECT 'platform' AS party, 'basic' AS data_kind, platform_code AS provider, platform_code, region_code,
    opened_on AS day
  FROM silver_shop
  UNION ALL
  SELECT 'platform', 'control', COALESCE(c.platform_code, s.platform_code),
    COALESCE(c.platform_code, s.platform_code), s.seller_region_code, c.happened_on
  FROM silver_platform_control AS c LEFT JOIN silver_sample AS s ON c.sample_id = s.sample_id
  UNION ALL
  SELECT 'regulator', 'supervision', _source, NULL, issuer_region_code, starts_on FROM silver_sampling_plan
  WHERE _source IS NOT NULL
  UNION ALL
  SELECT 'regulator', 'supervision', c._source, s.platform_code, c.region_code, c.opened_on
  FROM silver_enforcement_case AS c LEFT JOIN silver_sample AS s ON c.sample_id = s.sample_id
  UNION ALL
  SELECT 'regulator', 'supervision', _source, NULL, region_code, decided_on FROM silver_penalty
  UNION ALL
  SELECT 'regulator', 'control', d._source, COALESCE(d.platform_code, s.platform_code), d.region_code,
    d.happened_on
  FROM silver_disposal AS d LEFT JOIN silver_sample AS s ON d.sample_id = s.sample_id
  UNION ALL
  SELECT 'regulator', 'testing', _source, platform_code, seller_region_code, purchased_on FROM silver_sample
  UNION ALL
  SELECT 'complaint_centre', 'supervision', _source, platform_code, region_code, received_on FROM silver_complaint
  UNION ALL
  SELECT 'lab', 'testing', c._source, s.platform_code, s.seller_region_code, c.issued_on
  FROM silver_conclusion AS c LEFT JOIN silver_sample AS s ON c.sample_id = s.sample_id
  UNION ALL
  SELECT 'brand', 'supervision', _source, platform_code, NULL, reported_on FROM silver_counterfeit_report
  UNION ALL
  SELECT 'customs', 'testing', _source, platform_code, NULL, inspected_on FROM silver_customs_inspection
  UNION ALL
  SELECT 'standards_body', 'basic', _source, NULL, region_code, happened_on FROM silver_standards_activity
  UNION ALL
  SELECT 'planning', 'supervision', _source, NULL, region_code, listed_on FROM silver_dishonesty_entry
  UNION ALL
  SELECT 'overseas', 'supervision', _source, NULL, NULL, recalled_on FROM silver_recall
  UNION ALL
  SELECT 'overseas', 'supervision', _source, NULL, NULL, published_on FROM silver_overseas_alert
  UNION ALL
  SELECT 'exchange', 'control', _source, NULL, NULL, acknowledged_on FROM silver_acknowledgement
)
SELECT
  party, data_kind, COALESCE(provider, 'unknown') AS provider, COALESCE(platform_code, 'unknown') AS platform_code,
  COALESCE(region_code, 'unknown') AS region_code, COALESCE(day, DATE '1900-01-01') AS day,
  CAST(COUNT(*) AS BIGINT) AS n_records
FROM filed
GROUP BY
  party, data_kind, COALESCE(provider, 'unknown'), COALESCE(platform_code, 'unknown'),
  COALESCE(region_code, 'unknown'), COALESCE(day, DATE '1900-01-01')
