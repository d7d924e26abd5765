-- What was known before the purchase of each random sample that was judged, and what is known of each listing
-- that the proposed plan can draw: one row per sample and per listing.
--
-- A sample's outcome is that of the conclusion that stands; it is known from the last conclusion on
-- (`known_on`). Its page is the listing's as last delivered; a purchase without a page is one on a shelf or in a
-- works, whose seller, place and maker are known before it. A listing's `day` is the first one after the frame
-- month of the proposed plan. Orders, returns, reviews and complaints are those of whole months before `day`,
-- of the listing, of its shop and of the producer that its page names; so a month counts for nothing that was
-- bought in it.
WITH frame AS (
  SELECT DISTINCT frame_month, CAST(ADD_MONTHS(frame_month, 1) AS DATE) AS day
  FROM gold_sampling_proposal
  WHERE frame_month IS NOT NULL
),
final AS (  -- the re-inspection's conclusion goes before the first
  SELECT sample_id, MAX_BY(outcome, stage) AS outcome, MAX(issued_on) AS known_on
  FROM gold_standing_conclusion
  GROUP BY sample_id
),
pages AS (
  SELECT l.listing_id, l.platform_code, l.shop_id, l.category_code, NULLIF(UPPER(TRIM(l.brand)), '') AS brand,
    COALESCE(l.producer_uscc, NULLIF(REGEXP_REPLACE(l.producer_name, r'[\t-\r ]', ''), '')) AS producer,
    CASE WHEN l._currency = :currency THEN CAST(l.price AS DOUBLE) END AS price,
    l.standard_no IS NOT NULL AS cites_standard, l.certificate_no IS NOT NULL AS has_certificate,
    l.listed_on, l.delisted_on
  FROM silver_listing AS l
),
bought AS (
  SELECT 'sample' AS role, s.sample_id AS unit_id, s.purchased_on AS day, s.listing_id, s.platform_code,
    s.shop_id, s.category_code, s.channel, NULLIF(UPPER(TRIM(s.brand)), '') AS brand,
    NULLIF(UPPER(REGEXP_REPLACE(s.seller_name, r'[\t-\r ]', '')), '') AS seller,
    s.seller_region_code AS region_code,
    COALESCE(s.producer_uscc, NULLIF(REGEXP_REPLACE(s.producer_name, r'[\t-\r ]', ''), '')) AS producer,
    f.known_on, f.outcome = 'nonconforming' AS fails, CAST(NULL AS BIGINT) AS units_sold
  FROM silver_sample AS s
  JOIN silver_sampling_plan AS p ON s.plan_id = p.plan_id
  JOIN final AS f ON s.sample_id = f.sample_id
  WHERE p.type = 'probability' AND f.outcome IN ('conforming', 'nonconforming')
    AND f.known_on IS NOT NULL AND s.purchased_on IS NOT NULL
),
sold AS (
  SELECT t.listing_id, f.day, CAST(SUM(COALESCE(t.quantity, 1)) AS BIGINT) AS units_sold
  FROM silver_transaction AS t
  JOIN frame AS f ON CAST(TRUNC(t.ordered_on, 'MONTH') AS DATE) = f.frame_month
  GROUP BY t.listing_id, f.day
),
offered AS (
  SELECT 'listing' AS role, l.listing_id AS unit_id, s.day, l.listing_id, l.platform_code, l.shop_id,
    l.category_code, 'online' AS channel, l.brand, CAST(NULL AS STRING) AS seller,
    CAST(NULL AS STRING) AS region_code, CAST(NULL AS STRING) AS producer, CAST(NULL AS DATE) AS known_on,
    CAST(NULL AS BOOLEAN) AS fails, s.units_sold
  FROM pages AS l
  JOIN sold AS s ON l.listing_id = s.listing_id
  WHERE l.delisted_on IS NULL AND s.units_sold > 0
),
units AS (
  SELECT u.role, u.unit_id, u.day, CAST(TRUNC(u.day, 'MONTH') AS DATE) AS month, u.known_on, u.fails,
    u.units_sold, u.listing_id, COALESCE(l.platform_code, s.platform_code, u.platform_code) AS platform_code,
    COALESCE(u.channel, CASE WHEN u.listing_id IS NOT NULL THEN 'online' END) AS channel,
    COALESCE(l.shop_id, u.shop_id) AS shop_id, COALESCE(l.category_code, u.category_code) AS category_code,
    COALESCE(l.brand, u.brand) AS brand,
    CASE WHEN u.listing_id IS NULL THEN u.producer ELSE l.producer END AS producer,
    l.price, l.cites_standard, l.has_certificate, l.listed_on, s.opened_on,
    COALESCE(s.region_code, u.region_code) AS region_code,
    COALESCE(o.enterprise_id, l.shop_id, u.shop_id, u.seller) AS operator_id
  FROM (SELECT * FROM bought UNION ALL SELECT * FROM offered) AS u
  LEFT JOIN pages AS l ON u.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(l.shop_id, u.shop_id) = s.shop_id
  LEFT JOIN silver_shop_operator AS o ON COALESCE(l.shop_id, u.shop_id) = o.shop_id
),
acts AS (
  SELECT CAST(TRUNC(ordered_on, 'MONTH') AS DATE) AS month, listing_id, shop_id,
    COUNT(*) AS n_orders, 0 AS n_returns, 0 AS n_reviews, 0 AS n_low, 0 AS n_complaints
  FROM silver_transaction
  GROUP BY CAST(TRUNC(ordered_on, 'MONTH') AS DATE), listing_id, shop_id
  UNION ALL
  SELECT CAST(TRUNC(returned_on, 'MONTH') AS DATE), listing_id, shop_id, 0, COUNT(*), 0, 0, 0
  FROM silver_transaction
  WHERE return_reason = 'quality' AND returned_on IS NOT NULL
  GROUP BY CAST(TRUNC(returned_on, 'MONTH') AS DATE), listing_id, shop_id
  UNION ALL
  SELECT CAST(TRUNC(reviewed_on, 'MONTH') AS DATE), listing_id, CAST(NULL AS STRING), 0, 0, COUNT(*),
    COUNT_IF(rating <= 2), 0
  FROM silver_review
  GROUP BY CAST(TRUNC(reviewed_on, 'MONTH') AS DATE), listing_id
  UNION ALL
  SELECT CAST(TRUNC(received_on, 'MONTH') AS DATE), listing_id, shop_id, 0, 0, 0, 0, COUNT(*)
  FROM silver_complaint
  WHERE quality AND COALESCE(kind, 'complaint') = 'complaint'
  GROUP BY CAST(TRUNC(received_on, 'MONTH') AS DATE), listing_id, shop_id
),
placed AS (
  SELECT a.month, a.listing_id, COALESCE(a.shop_id, l.shop_id) AS shop_id, l.producer,
    a.n_orders, a.n_returns, a.n_reviews, a.n_low, a.n_complaints
  FROM acts AS a
  LEFT JOIN pages AS l ON a.listing_id = l.listing_id
),
levels AS (SELECT EXPLODE(ARRAY('listing', 'shop', 'producer')) AS level),
monthly AS (
  SELECT a.month, v.level,
    CASE v.level WHEN 'listing' THEN a.listing_id WHEN 'shop' THEN a.shop_id ELSE a.producer END AS code,
    SUM(a.n_orders) AS n_orders, SUM(a.n_returns + a.n_complaints) AS n_reports,
    SUM(a.n_reviews) AS n_reviews, SUM(a.n_low) AS n_low
  FROM placed AS a
  CROSS JOIN levels AS v
  GROUP BY
    a.month, v.level,
    CASE v.level WHEN 'listing' THEN a.listing_id WHEN 'shop' THEN a.shop_id ELSE a.producer END
),
-- What is asked of a listing, shop or producer in a month is asked by many units and added up once.
asked AS (
  SELECT DISTINCT u.month, v.level,
    CASE v.level WHEN 'listing' THEN u.listing_id WHEN 'shop' THEN u.shop_id ELSE u.producer END AS code
  FROM units AS u
  CROSS JOIN levels AS v
),
before AS (
  SELECT a.level, a.code, a.month, CAST(SUM(m.n_orders) AS BIGINT) AS n_orders,
    CAST(SUM(m.n_reports) AS BIGINT) AS n_reports, CAST(SUM(m.n_reviews) AS BIGINT) AS n_reviews,
    CAST(SUM(m.n_low) AS BIGINT) AS n_low
  FROM asked AS a
  JOIN monthly AS m ON a.level = m.level AND a.code = m.code AND m.month < a.month
  GROUP BY a.level, a.code, a.month
)
SELECT u.role, u.unit_id, u.day, u.known_on, u.fails, u.units_sold, u.listing_id, u.platform_code, u.channel,
  u.shop_id, u.category_code, u.brand, u.producer, u.operator_id, u.region_code, u.price, u.cites_standard,
  u.has_certificate, u.listed_on, u.opened_on,
  COALESCE(l.n_orders, 0) AS n_orders_listing, COALESCE(l.n_reports, 0) AS n_reports_listing,
  COALESCE(l.n_reviews, 0) AS n_reviews_listing, COALESCE(l.n_low, 0) AS n_low_listing,
  COALESCE(h.n_orders, 0) AS n_orders_shop, COALESCE(h.n_reports, 0) AS n_reports_shop,
  COALESCE(h.n_reviews, 0) AS n_reviews_shop, COALESCE(h.n_low, 0) AS n_low_shop,
  COALESCE(p.n_orders, 0) AS n_orders_producer, COALESCE(p.n_reports, 0) AS n_reports_producer,
  COALESCE(p.n_reviews, 0) AS n_reviews_producer, COALESCE(p.n_low, 0) AS n_low_producer
FROM units AS u
LEFT JOIN before AS l ON l.level = 'listing' AND u.listing_id = l.code AND u.month = l.month
LEFT JOIN before AS h ON h.level = 'shop' AND u.shop_id = h.code AND u.month = h.month
LEFT JOIN before AS p ON p.level = 'producer' AND u.producer = p.code AND u.month = p.month
