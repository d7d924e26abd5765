-- Brand owners' reports of counterfeits and what became of them, as additive counts: one row per month of the
-- report, platform, category and region of the shop.
--
-- Month: all counts stand in the month of the report, however late it was verified or acted on.
-- Place: what a report says itself goes before its listing, its listing before its shop; the category is the
-- listing's, the region the shop's. What is not known is `unknown`, so that no report is lost from a total.
-- Joins go along foreign keys only, each of which names one row.
-- Verified: a finding without its day is a verification all the same, and so is a day without a finding.
-- Taken down: with any finding. Relisted: it came back under another listing.
WITH placed AS (
  SELECT
    CAST(TRUNC(r.reported_on, 'MONTH') AS DATE) AS month,
    COALESCE(r.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(l.category_code, 'unknown') AS category_code, COALESCE(s.region_code, 'unknown') AS region_code,
    r.finding, r.verified_on, r.taken_down_on, r.relisted_as
  FROM silver_counterfeit_report AS r
  LEFT JOIN silver_listing AS l ON r.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(r.shop_id, l.shop_id) = s.shop_id
)
SELECT
  month, platform_code, category_code, region_code,
  COUNT(*) AS n_reports,
  COUNT(*) FILTER (WHERE finding IS NOT NULL OR verified_on IS NOT NULL) AS n_verified,
  COUNT(*) FILTER (WHERE finding = 'counterfeit') AS n_counterfeit,
  COUNT(*) FILTER (WHERE finding = 'genuine') AS n_genuine,
  COUNT(*) FILTER (WHERE finding = 'unclear') AS n_unclear,
  COUNT(taken_down_on) AS n_taken_down,
  COUNT(*) FILTER (WHERE finding = 'counterfeit' AND taken_down_on IS NOT NULL) AS n_counterfeit_taken_down,
  COUNT(relisted_as) AS n_relisted
FROM placed
GROUP BY month, platform_code, category_code, region_code
