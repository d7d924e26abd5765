-- What a probability sample of a month is drawn from, with how much of the trade it covers: one row per
-- month, platform, category of level 1 and province of the shop.
--
-- The frame is the listings with an order in the month (definitions.md#exposure-rate), of those that silver.listing
-- knows: each counts once a month. A line whose listing is not in silver.listing cannot be drawn: its units count in
-- units_sold, not in units_listed; units_listed / units_sold is the coverage of the frame. What counts where is said by
-- gold.shop_trade, of which these are sums; months in which it holds reviews alone are left out.
-- Codes count under the highest one above them, at most two levels up; a code beside the reference stands as itself.
WITH cells AS (
  SELECT
    month, platform_code, category_code, region_code, SUM(n_listings) AS population, SUM(n_orders) AS n_orders,
    SUM(units_sold) AS units_sold, SUM(units_listed) AS units_listed
  FROM gold_shop_trade
  WHERE n_lines > 0
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
  CAST(SUM(units_sold) AS BIGINT) AS units_sold,
  CAST(SUM(units_listed) AS BIGINT) AS units_listed
FROM strata
GROUP BY month, platform_code, category_code, province_code
