-- Texts in which a hazard was read, as additive counts: one row per month, source, platform, category and
-- hazard.
--
-- Month: of receipt or review. Platform: what the row states goes before its listing's. Category: what the
-- row states, then its listing's, then what was read from the text. What is not known is `unknown`. A text that
-- reports two hazards counts once for each of them.
WITH texts AS (
  SELECT
    'complaint' AS source, received_on AS day, platform_code, listing_id, category_code, read_category_code,
    hazard_code, confidence
  FROM gold_complaint_hazard
  UNION ALL
  SELECT
    'review' AS source, reviewed_on AS day, platform_code, listing_id, CAST(NULL AS STRING) AS category_code,
    read_category_code, hazard_code, confidence
  FROM gold_review_hazard
),
placed AS (
  SELECT
    CAST(TRUNC(t.day, 'MONTH') AS DATE) AS month, t.source,
    COALESCE(t.platform_code, l.platform_code, 'unknown') AS platform_code,
    COALESCE(t.category_code, l.category_code, t.read_category_code, 'unknown') AS category_code,
    t.category_code IS NULL AND l.category_code IS NULL AND t.read_category_code IS NOT NULL AS was_read,
    t.hazard_code, t.confidence
  FROM texts AS t
  LEFT JOIN silver_listing AS l ON t.listing_id = l.listing_id
)
SELECT
  month, source, platform_code, category_code, hazard_code,
  COUNT(*) AS n_texts,
  COUNT(*) FILTER (WHERE confidence = 'sure') AS n_sure,
  COUNT(*) FILTER (WHERE confidence = 'unsure') AS n_unsure,
  COUNT(*) FILTER (WHERE was_read) AS n_category_read
FROM placed
GROUP BY month, source, platform_code, category_code, hazard_code
