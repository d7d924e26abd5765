-- Days on which listings with several records of takedowns were bought: one row per listing and day, of listings
-- with at least two such records (definitions.md#repeated-relisting). It does not depend on the day, so that order
-- lines, the largest table, are not read again for gold.repeated_relisting on a day without files.
--
-- Records: takedowns that platforms report (of the listing, else of the listing of the sample), events `taken_down` of
-- the sampling procedure (of a sample, else of the samples of an order), and reports of counterfeits. Whether a record
-- was a takedown is judged by the tables that read these rows.
-- Purchases: order lines, and what inspectors bought.
WITH samples AS (
  SELECT sample_id, sampling_order_id, listing_id, purchased_on FROM silver_sample WHERE listing_id IS NOT NULL
),
records AS (
  SELECT COALESCE(c.listing_id, s.listing_id) AS listing_id
  FROM silver_platform_control AS c
  LEFT JOIN samples AS s ON c.sample_id = s.sample_id
  WHERE c.kind = 'takedown' AND COALESCE(c.listing_id, s.listing_id) IS NOT NULL
  UNION ALL
  SELECT s.listing_id
  FROM silver_sampling_event AS e
  INNER JOIN samples AS s ON e.sample_id = s.sample_id
  WHERE e.event = 'taken_down'
  UNION ALL
  SELECT s.listing_id
  FROM silver_sampling_event AS e
  INNER JOIN samples AS s ON e.sampling_order_id = s.sampling_order_id
  WHERE e.event = 'taken_down' AND e.sample_id IS NULL
  UNION ALL
  SELECT listing_id FROM silver_counterfeit_report WHERE listing_id IS NOT NULL
),
several AS (
  SELECT listing_id FROM records GROUP BY listing_id HAVING COUNT(*) > 1
),
purchases AS (
  SELECT t.listing_id, t.ordered_on AS bought_on, 'order' AS bought_by
  FROM silver_transaction AS t
  INNER JOIN several AS r ON t.listing_id = r.listing_id
  UNION ALL
  SELECT s.listing_id, s.purchased_on AS bought_on, 'sample' AS bought_by
  FROM samples AS s
  INNER JOIN several AS r ON s.listing_id = r.listing_id
  WHERE s.purchased_on IS NOT NULL
)
SELECT listing_id, bought_on, MIN(bought_by) AS bought_by
FROM purchases
GROUP BY listing_id, bought_on
