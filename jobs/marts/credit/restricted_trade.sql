-- What restricted shops sold, day by day, and when their listings ended: what gold.restriction_response counts of,
-- which is built every day and would else read all order lines and listings each time. One row per shop of
-- gold.restricted_shop and day on which its first restriction began, on which it sold anything afterwards or on
-- which listings of it ended.
--
-- A line that does not say its shop is of its listing's, as in gold.shop_trade.
-- On offer on a day are `n_listings` less those that ended by then. Listings of a shop that silver.shop does not know
-- count neither as listings nor as ended ones.
WITH days AS (
  SELECT shop_id, starts_on AS day, 0 AS n_order_lines, 0 AS n_delisted
  FROM gold_restricted_shop
  UNION ALL
  SELECT t.shop_id, t.ordered_on, COUNT(*), 0
  FROM silver_transaction AS t
  INNER JOIN gold_restricted_shop AS r ON t.shop_id = r.shop_id AND t.ordered_on > r.starts_on
  GROUP BY t.shop_id, t.ordered_on
  UNION ALL
  SELECT l.shop_id, t.ordered_on, COUNT(*), 0
  FROM silver_transaction AS t
  INNER JOIN silver_listing AS l ON t.listing_id = l.listing_id
  INNER JOIN gold_restricted_shop AS r ON l.shop_id = r.shop_id AND t.ordered_on > r.starts_on
  WHERE t.shop_id IS NULL
  GROUP BY l.shop_id, t.ordered_on
  UNION ALL
  SELECT l.shop_id, l.delisted_on, 0, COUNT(*)
  FROM silver_listing AS l
  INNER JOIN gold_restricted_shop AS r ON l.shop_id = r.shop_id
  INNER JOIN silver_shop AS p ON r.shop_id = p.shop_id
  WHERE l.delisted_on IS NOT NULL
  GROUP BY l.shop_id, l.delisted_on
),
listed AS (
  SELECT r.shop_id, MAX(p.closed_on) AS closed_on, COUNT(l.listing_id) AS n_listings
  FROM gold_restricted_shop AS r
  INNER JOIN silver_shop AS p ON r.shop_id = p.shop_id
  LEFT JOIN silver_listing AS l ON r.shop_id = l.shop_id
  GROUP BY r.shop_id
)
SELECT
  d.shop_id, d.day, CAST(SUM(d.n_order_lines) AS BIGINT) AS n_order_lines, CAST(SUM(d.n_delisted) AS BIGINT) AS n_delisted,
  COALESCE(MAX(l.n_listings), 0) AS n_listings, MAX(l.closed_on) AS closed_on
FROM days AS d
LEFT JOIN listed AS l ON d.shop_id = l.shop_id
GROUP BY d.shop_id, d.day
