-- What buyers reported about each enterprise, by month: order lines, quality returns, reviews and low reviews (one
-- or two stars) of the listings that it answers for.
--
-- It answers for what it sells (the operator of the shop, by a certain link) and for what it makes (the producer that
-- the page names by its code); a listing that it both makes and sells counts once. A return counts in the month in
-- which it came, not in that of the order.
WITH answerable AS (
  SELECT l.listing_id, o.enterprise_id
  FROM silver_listing AS l
  INNER JOIN silver_shop_operator AS o ON l.shop_id = o.shop_id
  WHERE o.kind = 'deterministic'
  UNION
  SELECT listing_id, producer_uscc AS enterprise_id
  FROM silver_listing
  WHERE producer_uscc IS NOT NULL
),
acts AS (
  SELECT CAST(TRUNC(ordered_on, 'MONTH') AS DATE) AS month, listing_id, COUNT(*) AS n_orders, 0 AS n_returns,
    0 AS n_reviews, 0 AS n_low
  FROM silver_transaction
  GROUP BY CAST(TRUNC(ordered_on, 'MONTH') AS DATE), listing_id
  UNION ALL
  SELECT CAST(TRUNC(returned_on, 'MONTH') AS DATE), listing_id, 0, COUNT(*), 0, 0
  FROM silver_transaction
  WHERE return_reason = 'quality' AND returned_on IS NOT NULL
  GROUP BY CAST(TRUNC(returned_on, 'MONTH') AS DATE), listing_id
  UNION ALL
  SELECT CAST(TRUNC(reviewed_on, 'MONTH') AS DATE), listing_id, 0, 0, COUNT(*), COUNT_IF(rating <= 2)
  FROM silver_review
  WHERE rating IS NOT NULL
  GROUP BY CAST(TRUNC(reviewed_on, 'MONTH') AS DATE), listing_id
)
SELECT a.month, w.enterprise_id, CAST(SUM(a.n_orders) AS BIGINT) AS n_orders,
  CAST(SUM(a.n_returns) AS BIGINT) AS n_returns, CAST(SUM(a.n_reviews) AS BIGINT) AS n_reviews,
  CAST(SUM(a.n_low) AS BIGINT) AS n_low
FROM acts AS a
INNER JOIN answerable AS w ON a.listing_id = w.listing_id
GROUP BY a.month, w.enterprise_id
