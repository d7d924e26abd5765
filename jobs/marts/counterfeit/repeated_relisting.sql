-- Listings that were bought again after each of several takedowns: one row per listing on which at least two
-- takedowns did not last (definitions.md#repeated-relisting).
--
-- Takedowns: those that platforms report (of the listing, else of the listing of the sample), those of the sampling
-- procedure, and those of reports of counterfeits that were not found genuine.
-- Purchases: those of gold.takedown_purchase, which has every listing with two takedowns or more. A purchase on the
-- day of a takedown may have come before it, so it counts as none after it. Takedowns between which no one bought
-- are one: several samples and reports may lead to the same takedown, whose records may differ by days.
-- On sale: bought since the last takedown, and its page did not end since the newest purchase.
-- By orders: the same of orders alone, as if no sample had been bought. Platforms are sent only this, so that what
-- they are sent shows no purchase of an inspector.
WITH samples AS (
  SELECT sample_id, listing_id FROM silver_sample WHERE listing_id IS NOT NULL
),
takedowns AS (
  SELECT COALESCE(c.listing_id, s.listing_id) AS listing_id, c.happened_on AS day
  FROM silver_platform_control AS c
  LEFT JOIN samples AS s ON c.sample_id = s.sample_id
  WHERE c.kind = 'takedown' AND COALESCE(c.listing_id, s.listing_id) IS NOT NULL
  UNION
  SELECT s.listing_id, l.taken_down_on AS day
  FROM gold_sampling_lifecycle AS l
  INNER JOIN samples AS s ON l.sample_id = s.sample_id
  WHERE l.taken_down_on IS NOT NULL
  UNION
  SELECT listing_id, taken_down_on AS day
  FROM gold_counterfeit_case
  WHERE listing_id IS NOT NULL AND taken_down_on IS NOT NULL AND state <> 'genuine'
),
bought AS (
  SELECT listing_id, bought_on AS day, bought_by FROM gold_takedown_purchase WHERE bought_on <= CAST(:as_of AS DATE)
),
followed AS (  -- of each takedown: when it was bought next, and when ordered; takedowns that share a day are one
  SELECT
    t.listing_id, t.day, MIN(b.day) AS again_on, MAX(b.day) AS bought_on,
    MIN(CASE WHEN b.bought_by = 'order' THEN b.day END) AS ordered_on,
    MAX(CASE WHEN b.bought_by = 'order' THEN b.day END) AS last_order_on
  FROM takedowns AS t
  LEFT JOIN bought AS b ON t.listing_id = b.listing_id AND b.day > t.day
  WHERE t.day <= CAST(:as_of AS DATE)
  GROUP BY t.listing_id, t.day
),
stays AS (  -- takedowns that the same purchase followed, or none yet, are one
  SELECT
    listing_id, again_on, MIN(day) AS first_day, MAX(day) AS last_day, MAX(bought_on) AS bought_on,
    COUNT(*) AS n_days
  FROM followed
  GROUP BY listing_id, again_on
),
ordered AS (
  SELECT
    listing_id, COUNT(DISTINCT ordered_on) AS n_times,
    CASE WHEN MAX(ordered_on) > MAX(day) THEN MAX(ordered_on) END AS since,
    CASE WHEN MAX(last_order_on) > MAX(day) THEN MAX(last_order_on) END AS last_on
  FROM followed
  GROUP BY listing_id
),
counted AS (
  SELECT
    listing_id, COUNT(*) AS n_times_taken_down, SUM(n_days) AS n_takedown_days, COUNT(again_on) AS n_times_relisted,
    MIN(first_day) AS first_taken_down_on, MAX(last_day) AS last_taken_down_on,
    CASE WHEN MAX(again_on) > MAX(last_day) THEN MAX(again_on) END AS again_since,
    CASE WHEN MAX(bought_on) > MAX(last_day) THEN MAX(bought_on) END AS last_bought_on
  FROM stays
  GROUP BY listing_id
  HAVING COUNT(again_on) > 1
)
SELECT
  c.listing_id, COALESCE(l.platform_code, p.platform_code, 'unknown') AS platform_code, l.shop_id, l.category_code,
  c.n_times_taken_down, CAST(c.n_takedown_days AS BIGINT) AS n_takedown_days, c.n_times_relisted, c.first_taken_down_on, c.last_taken_down_on, c.again_since,
  b.bought_by AS again_by, c.last_bought_on, l.delisted_on,
  c.again_since IS NOT NULL
  AND (
    l.delisted_on IS NULL OR l.delisted_on < c.last_bought_on OR l.delisted_on > CAST(:as_of AS DATE)
  ) AS live,
  o.n_times AS n_times_ordered, o.since AS ordered_since, o.last_on AS last_ordered_on,
  o.n_times > 1 AND o.since IS NOT NULL
  AND (l.delisted_on IS NULL OR l.delisted_on < o.last_on OR l.delisted_on > CAST(:as_of AS DATE)) AS live_by_orders
FROM counted AS c
INNER JOIN ordered AS o ON c.listing_id = o.listing_id
LEFT JOIN silver_listing AS l ON c.listing_id = l.listing_id
LEFT JOIN silver_shop AS p ON l.shop_id = p.shop_id
LEFT JOIN bought AS b ON c.listing_id = b.listing_id AND c.again_since = b.day
