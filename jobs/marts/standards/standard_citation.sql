-- Listings on offer on the night's day that cite what does not hold: one row per listing and number that is
-- superseded, withdrawn or not yet valid (definitions.md#citation). The seller corrects the page, the platform
-- sees to it.
--
-- `while_valid`: the page was put up while the edition held, so its goods may have been made under it; null
-- where the days are not known. A page whose first day is not known, nor its shop's, is on offer. A number that the register lacks is in no row: see gold.cited_standard.
WITH provinces AS (
  SELECT r.region_code, COALESCE(p.parent_code, r.parent_code, r.region_code) AS province_code
  FROM silver_region AS r
  LEFT JOIN silver_region AS p ON r.parent_code = p.region_code
),
on_offer AS (
  SELECT l.listing_id, COALESCE(l.platform_code, s.platform_code, 'unknown') AS platform_code, l.shop_id,
    COALESCE(l.category_code, 'unknown') AS category_code,
    COALESCE(p.province_code, s.region_code, 'unknown') AS province_code, l.standard_no AS cited_text,
    COALESCE(l.listed_on, s.opened_on) AS listed_on
  FROM silver_listing AS l
  LEFT JOIN silver_shop AS s ON l.shop_id = s.shop_id
  LEFT JOIN provinces AS p ON s.region_code = p.region_code
  WHERE l.standard_no IS NOT NULL AND COALESCE(COALESCE(l.listed_on, s.opened_on) <= :as_of, TRUE)
    AND COALESCE(LEAST(l.delisted_on, s.closed_on) >= :as_of, TRUE)
)
SELECT o.listing_id, d.number, o.platform_code, o.shop_id, o.category_code, o.province_code, o.cited_text,
  d.standard_no, d.status, d.nature, d.since, d.current_no, o.listed_on,
  CASE WHEN d.status = 'upcoming' THEN FALSE ELSE o.listed_on < d.since END AS while_valid
FROM on_offer AS o
JOIN gold_cited_number AS c ON o.cited_text = c.text
JOIN gold_cited_standard AS d ON c.number = d.number
WHERE d.status IN ('superseded', 'withdrawn', 'upcoming')
