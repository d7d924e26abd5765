-- What a probability sample of a month is drawn from, with how much of the trade it covers: one row per
-- month, platform, category of level 1 and province of the shop.
--
-- The frame is the listings with an order in the month (definitions.md#exposure-rate), of those that silver.listing
-- knows: each counts once a month, where its smallest order_line_id counts.
-- Orders: an order is its platform and order_id; a line without an order_id is an order by itself. It counts
-- once a month, where its smallest order_line_id counts.
-- Units: a line without a quantity is one unit. A line whose listing is not in silver.listing cannot be
-- drawn: its units count in units_sold, not in units_listed; units_listed / units_sold is the coverage of
-- the frame.
-- Place: what a line says itself goes before its listing, its listing before its shop; the region is the
-- shop's. Codes count under the highest one above them, at most two levels up; a code beside the reference
-- stands as itself. What is not known is `unknown`. Joins go along foreign keys only, each of which names
-- one row.
WITH lines AS (
  SELECT
    CAST(TRUNC(ordered_on, 'MONTH') AS DATE) AS month, platform_code, listing_id, shop_id, order_line_id,
    COALESCE(order_id, order_line_id) AS own_order, order_id IS NULL AS alone,
    COALESCE(listing_id, order_line_id) AS own_listing, listing_id IS NULL AS without_listing,
    COALESCE(quantity, 1) AS units
  FROM silver_transaction
),
counted AS (  -- which line is the smallest of its order, and of its listing
  SELECT
    month, platform_code, listing_id, shop_id, units,
    ROW_NUMBER() OVER (
      PARTITION BY month, platform_code, own_order, alone ORDER BY order_line_id NULLS FIRST
    ) = 1 AS first_of_order,
    ROW_NUMBER() OVER (
      PARTITION BY month, own_listing, without_listing ORDER BY order_line_id NULLS FIRST
    ) = 1 AS first_of_listing
  FROM lines
),
placed AS (
  SELECT
    c.month, COALESCE(c.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(l.category_code, 'unknown') AS category_code, COALESCE(s.region_code, 'unknown') AS region_code,
    c.first_of_order, c.first_of_listing, c.units, l.listing_id IS NOT NULL AS listed
  FROM counted AS c
  LEFT JOIN silver_listing AS l ON c.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(c.shop_id, l.shop_id) = s.shop_id
),
cells AS (
  SELECT
    month, platform_code, category_code, region_code,
    COUNT(*) FILTER (WHERE first_of_listing AND listed) AS population,
    COUNT(*) FILTER (WHERE first_of_order) AS n_orders,
    SUM(units) AS units_sold,
    SUM(CASE WHEN listed THEN units END) AS units_listed
  FROM placed
  GROUP BY month, platform_code, category_code, region_code
),
categories AS (
  SELECT c.category_code, COALESCE(above.parent_code, c.parent_code, c.category_code) AS top_code
  FROM silver_product_category AS c
  LEFT JOIN silver_product_category AS above ON c.parent_code = above.category_code
),
provinces AS (
  SELECT r.region_code, COALESCE(above.parent_code, r.parent_code, r.region_code) AS top_code
  FROM silver_region AS r
  LEFT JOIN silver_region AS above ON r.parent_code = above.region_code
),
strata AS (
  SELECT
    c.month, c.platform_code, COALESCE(g.top_code, c.category_code) AS category_code,
    COALESCE(p.top_code, c.region_code) AS province_code, c.population, c.n_orders, c.units_sold,
    c.units_listed
  FROM cells AS c
  LEFT JOIN categories AS g ON c.category_code = g.category_code
  LEFT JOIN provinces AS p ON c.region_code = p.region_code
)
SELECT
  month, platform_code, category_code, province_code,
  CAST(SUM(population) AS BIGINT) AS population,
  CAST(SUM(n_orders) AS BIGINT) AS n_orders,
  CAST(COALESCE(SUM(units_sold), 0) AS BIGINT) AS units_sold,
  CAST(COALESCE(SUM(units_listed), 0) AS BIGINT) AS units_listed
FROM strata
GROUP BY month, platform_code, category_code, province_code
