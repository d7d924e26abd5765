-- The course of each brand owner's report of a counterfeit: reported, verified, taken down, confirmed; with the
-- place, the operator of the shop and what is awaited (definitions.md#anti-counterfeit).
--
-- Place: what a report says itself goes before its listing, its listing before its shop; `unknown` where it is not
-- known. The category is the listing's, the region the shop's.
-- Operator: whoever runs the shop by silver.shop_operator. `certain`: the link is deterministic, or the shop stands
-- alone, so that the operator is the shop itself; `probable`: a model says so; null where no shop is known.
-- Verified: a finding without its day is a verification all the same; a day without a finding is `unclear`.
-- Confirmed: the day on which the platform itself says that the listing is gone: its own record of a takedown, or the
-- day of delisting on its page, on the day of the report or later. A takedown that only the platform states counts.
WITH removed AS (
  SELECT listing_id, happened_on AS gone_on
  FROM silver_platform_control
  WHERE kind = 'takedown' AND listing_id IS NOT NULL
  UNION ALL
  SELECT listing_id, delisted_on AS gone_on FROM silver_listing WHERE delisted_on IS NOT NULL
),
confirmed AS (
  SELECT r.report_id, MIN(g.gone_on) AS confirmed_on
  FROM silver_counterfeit_report AS r
  INNER JOIN removed AS g ON r.listing_id = g.listing_id AND g.gone_on >= r.reported_on
  GROUP BY r.report_id
),
placed AS (
  SELECT
    r.report_id, r.reported_on, r.brand_id, r.listing_id, r.evidence, r.finding, r.verified_on, r.relisted_as,
    COALESCE(r.shop_id, l.shop_id) AS shop_id,
    COALESCE(r.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(l.category_code, 'unknown') AS category_code, COALESCE(s.region_code, 'unknown') AS region_code,
    c.confirmed_on, COALESCE(r.taken_down_on, c.confirmed_on) AS taken_down_on
  FROM silver_counterfeit_report AS r
  LEFT JOIN silver_listing AS l ON r.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(r.shop_id, l.shop_id) = s.shop_id
  LEFT JOIN confirmed AS c ON r.report_id = c.report_id
)
SELECT
  p.report_id, p.reported_on, p.brand_id, p.platform_code, p.category_code, p.region_code, p.shop_id, p.listing_id,
  p.evidence, p.finding, p.verified_on, p.taken_down_on, p.confirmed_on, p.relisted_as, o.enterprise_id,
  CASE
    WHEN o.shop_id IS NULL THEN CAST(NULL AS STRING)
    WHEN o.kind = 'probabilistic' THEN 'probable'
    ELSE 'certain'
  END AS operator_link,
  CASE
    WHEN p.finding IS NULL AND p.verified_on IS NULL THEN 'awaiting_verification'
    WHEN p.finding = 'genuine' THEN 'genuine'
    WHEN p.finding IS NULL OR p.finding = 'unclear' THEN 'unclear'
    WHEN p.taken_down_on IS NULL THEN 'awaiting_takedown'
    WHEN p.confirmed_on IS NULL THEN 'taken_down'
    ELSE 'confirmed'
  END AS state
FROM placed AS p
LEFT JOIN silver_shop_operator AS o ON p.shop_id = o.shop_id
