-- Complaints, reports and enquiries as additive counts: one row per month of receipt, platform, category and
-- region.
--
-- Month: all counts stand in the month of receipt, however late a case ended.
-- Place: what a row says itself goes before its listing, its listing before its shop; the region is the one
-- that the complaint states, else the shop's. A code that its source keeps beside the reference stands as
-- itself. What is not known is `unknown`, so that no row is lost from a total. Joins go along foreign keys
-- only, each of which names one row.
-- Matters: those of gold.complaint_matter, stated or probable. A matter that came through several channels
-- counts once a month, where its smallest complaint_id counts, and again in a later month in which it comes
-- again; the same holds among the quality complaints alone. A letter of several matters counts as many there
-- where it counts itself; whether the further ones are about quality its source does not say.
-- Shop and listing: where a complaint states a shop and its listing is on file for another one, the stated shop
-- says which shop it is about; such rows are counted (n_shop_differs).
-- Quality complaints: complaints that say that they are about quality. A row that does not say its kind is
-- taken among them: the table is theirs.
WITH received AS (
  SELECT
    CAST(TRUNC(c.received_on, 'MONTH') AS DATE) AS month, c.complaint_id,
    COALESCE(m.matter, CONCAT('case:', c.complaint_id)) AS matter, COALESCE(m.n_parts, 1) AS n_parts,
    c.platform_code, c.category_code, c.region_code, c.listing_id, c.shop_id, c.kind,
    COALESCE(c.quality, FALSE) AND COALESCE(c.kind, 'complaint') = 'complaint' AS about_quality,
    c.accepted, c.mediation_ended_on, c.mediation_result, c.extended, c.verified_on, c.case_decided_on
  FROM silver_complaint AS c
  LEFT JOIN gold_complaint_matter AS m ON c.complaint_id = m.complaint_id AND m.part = 1
),
numbered AS (  -- which row is the smallest of its matter, among all and among those about quality or not
  SELECT
    month, n_parts, platform_code, category_code, region_code, listing_id, shop_id, kind, about_quality,
    accepted, mediation_ended_on, mediation_result, extended, verified_on, case_decided_on,
    ROW_NUMBER() OVER (
      PARTITION BY month, matter ORDER BY complaint_id NULLS FIRST
    ) = 1 AS first_of_matter,
    ROW_NUMBER() OVER (
      PARTITION BY month, matter, about_quality ORDER BY complaint_id NULLS FIRST
    ) = 1 AS first_alike
  FROM received
),
placed AS (
  SELECT
    n.month, COALESCE(n.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(n.category_code, l.category_code, 'unknown') AS category_code,
    COALESCE(n.region_code, s.region_code, 'unknown') AS region_code,
    n.kind, n.about_quality, n.accepted, n.mediation_ended_on, n.mediation_result, n.extended, n.verified_on,
    n.case_decided_on, n.n_parts, n.first_of_matter, n.first_alike,
    COALESCE(n.shop_id <> l.shop_id, FALSE) AS shop_differs
  FROM numbered AS n
  LEFT JOIN silver_listing AS l ON n.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(n.shop_id, l.shop_id) = s.shop_id
)
SELECT
  month, platform_code, category_code, region_code,
  COUNT(*) AS n_received,
  COUNT(*) FILTER (WHERE kind = 'complaint') AS n_complaints,
  COUNT(*) FILTER (WHERE kind = 'report') AS n_reports,
  COUNT(*) FILTER (WHERE kind = 'enquiry') AS n_enquiries,
  COUNT(*) FILTER (WHERE kind IS NULL) AS n_kind_unknown,
  CAST(SUM(CASE WHEN first_of_matter THEN n_parts ELSE 0 END) AS BIGINT) AS n_matters,
  COUNT(*) FILTER (WHERE about_quality) AS n_quality,
  COUNT(*) FILTER (WHERE about_quality AND first_alike) AS n_quality_matters,
  COUNT(*) FILTER (WHERE accepted) AS n_accepted,
  COUNT(*) FILTER (WHERE NOT accepted) AS n_refused,
  COUNT(*) FILTER (WHERE mediation_ended_on IS NOT NULL OR mediation_result IS NOT NULL) AS n_mediated,
  COUNT(*) FILTER (WHERE mediation_result = 'agreed') AS n_agreed,
  COUNT(*) FILTER (WHERE mediation_result = 'failed') AS n_failed,
  COUNT(*) FILTER (WHERE mediation_result = 'withdrawn') AS n_withdrawn,
  COUNT(*) FILTER (WHERE extended) AS n_extended,
  COUNT(verified_on) AS n_verified,
  COUNT(case_decided_on) AS n_case_decided,
  COUNT(*) FILTER (WHERE shop_differs) AS n_shop_differs
FROM placed
GROUP BY month, platform_code, category_code, region_code
