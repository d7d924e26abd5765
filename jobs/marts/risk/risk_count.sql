-- What buyers report and what they order, by week: platform × category of level 1, brand, category of level 1.
--
-- Month: that of the order, the complaint or the review; a return counts in the month of its order, so that
-- months can be built alone and add up. Week: Monday of the ISO week in which the report came.
-- Exposure: order lines. A return says how many weeks after its order it came; how reports trail orders is
-- read from these. A return without its day has no week and is left out.
-- Place: what a row says itself goes before its listing, its listing before its shop. What is not known is
-- `unknown`. A brand is written in capitals without spaces around it; goods without a brand are in no row of
-- key_type brand. Reviews of 1 and 2 points are low. Complaints are those that say they are about quality.
WITH reports AS (
  SELECT
    CAST(TRUNC(ordered_on, 'MONTH') AS DATE) AS month, CAST(TRUNC(ordered_on, 'WEEK') AS DATE) AS week,
    'order' AS stream, 0 AS lag_weeks, platform_code, CAST(NULL AS STRING) AS category_code, listing_id, shop_id
  FROM silver_transaction
  UNION ALL
  SELECT
    CAST(TRUNC(ordered_on, 'MONTH') AS DATE) AS month, CAST(TRUNC(returned_on, 'WEEK') AS DATE) AS week,
    'return' AS stream,
    CASE
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 7) THEN 0
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 14) THEN 1
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 21) THEN 2
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 28) THEN 3
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 35) THEN 4
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 42) THEN 5
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 49) THEN 6
      WHEN returned_on < DATE_ADD(TRUNC(ordered_on, 'WEEK'), 56) THEN 7
      ELSE 8
    END AS lag_weeks,
    platform_code, CAST(NULL AS STRING) AS category_code, listing_id, shop_id
  FROM silver_transaction
  WHERE return_reason = 'quality' AND returned_on IS NOT NULL
  UNION ALL
  SELECT
    CAST(TRUNC(received_on, 'MONTH') AS DATE) AS month, CAST(TRUNC(received_on, 'WEEK') AS DATE) AS week,
    'complaint' AS stream, 0 AS lag_weeks, platform_code, category_code, listing_id, shop_id
  FROM silver_complaint
  WHERE quality AND COALESCE(kind, 'complaint') = 'complaint'
  UNION ALL
  SELECT
    CAST(TRUNC(reviewed_on, 'MONTH') AS DATE) AS month, CAST(TRUNC(reviewed_on, 'WEEK') AS DATE) AS week,
    'review' AS stream, 0 AS lag_weeks, platform_code, CAST(NULL AS STRING) AS category_code, listing_id,
    CAST(NULL AS STRING) AS shop_id
  FROM silver_review
  WHERE rating <= 2
),
counted AS (  -- before the joins: few rows of what a listing did in a week
  SELECT
    month, week, stream, lag_weeks, platform_code, category_code, listing_id, shop_id, COUNT(*) AS n
  FROM reports
  GROUP BY month, week, stream, lag_weeks, platform_code, category_code, listing_id, shop_id
),
placed AS (
  SELECT
    r.month, r.week, r.stream, r.lag_weeks, r.n,
    COALESCE(r.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(c.parent_code, r.category_code, l.category_code, 'unknown') AS category_code,
    CASE WHEN x.word IS NULL THEN NULLIF(UPPER(TRIM(l.brand)), '') END AS brand
  FROM counted AS r
  LEFT JOIN silver_listing AS l ON r.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(r.shop_id, l.shop_id) = s.shop_id
  LEFT JOIN silver_product_category AS c ON COALESCE(r.category_code, l.category_code) = c.category_code
  LEFT JOIN silver_no_brand AS x ON UPPER(TRIM(l.brand)) = x.word
),
cells AS (
  SELECT month, week, stream, lag_weeks, platform_code, category_code, brand, SUM(n) AS n
  FROM placed
  GROUP BY month, week, stream, lag_weeks, platform_code, category_code, brand
),
keyed AS (
  SELECT
    month, week, 'platform_category' AS key_type, CONCAT(platform_code, '/', category_code) AS key_code,
    stream, lag_weeks, n
  FROM cells
  UNION ALL
  SELECT month, week, 'category' AS key_type, category_code AS key_code, stream, lag_weeks, n FROM cells
  UNION ALL
  SELECT month, week, 'brand' AS key_type, brand AS key_code, stream, lag_weeks, n
  FROM cells
  WHERE brand IS NOT NULL
)
SELECT month, week, key_type, key_code, stream, CAST(lag_weeks AS INT) AS lag_weeks, CAST(SUM(n) AS BIGINT) AS n
FROM keyed
GROUP BY month, week, key_type, key_code, stream, lag_weeks
