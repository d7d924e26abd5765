-- Pairs of a counterfeit that was taken down and a listing that came after it and may be the same goods, for
-- gold.relisting to compare (definitions.md#relisting). Pairs are found by equal keys only, so that their number grows
-- with the listings, not with their square.
--
-- Old: listings found counterfeit and gone, from the first such takedown on. New: listed on that day or later and
-- within the months of the setting `relist_window_months`, or at any time or on an unknown day where a report names it;
-- in a shop that the brand's owner does not run for certain.
-- same_barcode: the same GTIN of 14 digits, not all zeros. same_model: the same brand and the same model without
-- blanks, hyphens and the like, of three characters at least. stated: a report names it.
-- Titles are compared in one category: of the same operator (certain or not) with each other, of others under the same
-- brand where the digits of both titles are the same and at least three.
-- Platform: the listing's, else its shop's, else `unknown`.
-- Brand: capitals, no blanks around; words that say that there is none (silver.no_brand) are no brand.
WITH removals AS (
  SELECT
    listing_id, report_id, brand_id, taken_down_on,
    ROW_NUMBER() OVER (
      PARTITION BY listing_id ORDER BY taken_down_on NULLS LAST, report_id NULLS LAST
    ) AS place
  FROM gold_counterfeit_case
  WHERE finding = 'counterfeit' AND taken_down_on IS NOT NULL AND listing_id IS NOT NULL
),
faked AS (  -- brands of old listings; what takes long to spell is spelled under these alone
  SELECT DISTINCT UPPER(TRIM(l.brand)) AS brand
  FROM removals AS r
  INNER JOIN silver_listing AS l ON r.listing_id = l.listing_id
  WHERE r.place = 1
),
goods AS (
  SELECT
    l.listing_id, COALESCE(l.platform_code, o.platform_code, 'unknown') AS platform_code, l.shop_id, l.category_code,
    l.listed_on, l.delisted_on, l.title, o.enterprise_id,
    o.kind = 'probabilistic' AS probable,
    CASE WHEN x.word IS NULL THEN NULLIF(UPPER(TRIM(l.brand)), '') END AS brand,
    CASE
      WHEN f.brand IS NOT NULL THEN REGEXP_REPLACE(UPPER(l.model), r'[^0-9A-Z一-龥]', '')
    END AS model,
    CASE
      WHEN LENGTH(l.barcode) >= 8 AND l.barcode RLIKE '[1-9]'
        THEN SUBSTRING(CONCAT('000000', l.barcode), LENGTH(l.barcode) - 7, 14)
    END AS gtin,
    CASE
      WHEN f.brand IS NOT NULL
        THEN REGEXP_REPLACE(TRANSLATE(l.title, '０１２３４５６７８９', '0123456789'), r'[^0-9]', '')
    END AS digits
  FROM silver_listing AS l
  LEFT JOIN silver_shop_operator AS o ON l.shop_id = o.shop_id
  LEFT JOIN silver_no_brand AS x ON UPPER(TRIM(l.brand)) = x.word
  LEFT JOIN faked AS f ON UPPER(TRIM(l.brand)) = f.brand
),
windows AS (
  SELECT CAST(FLOOR(value) AS INT) AS months, valid_from, valid_to
  FROM silver_counterfeit_setting
  WHERE setting = 'relist_window_months'
),
old AS (
  SELECT
    g.listing_id, g.shop_id, g.category_code, g.title, g.enterprise_id, g.probable, g.brand, g.model, g.gtin, g.digits,
    r.report_id, r.brand_id, r.taken_down_on, ADD_MONTHS(r.taken_down_on, w.months) AS until, b.owner_uscc
  FROM removals AS r
  INNER JOIN goods AS g ON r.listing_id = g.listing_id
  INNER JOIN windows AS w
    ON r.taken_down_on >= w.valid_from AND (w.valid_to IS NULL OR r.taken_down_on <= w.valid_to)
  LEFT JOIN silver_brand AS b ON r.brand_id = b.brand_id
  WHERE r.place = 1
),
keyed AS (
  SELECT o.listing_id AS old_id, n.listing_id AS new_id
  FROM old AS o
  INNER JOIN goods AS n ON o.gtin = n.gtin
  UNION
  SELECT o.listing_id AS old_id, n.listing_id AS new_id
  FROM old AS o
  INNER JOIN goods AS n ON o.brand = n.brand AND o.model = n.model
  WHERE LENGTH(o.model) >= 3
  UNION
  SELECT o.listing_id AS old_id, n.listing_id AS new_id
  FROM old AS o
  INNER JOIN goods AS n ON o.enterprise_id = n.enterprise_id AND o.category_code = n.category_code
  UNION
  SELECT o.listing_id AS old_id, n.listing_id AS new_id
  FROM old AS o
  INNER JOIN goods AS n ON o.category_code = n.category_code AND o.brand = n.brand AND o.digits = n.digits
  WHERE LENGTH(o.digits) >= 3
  UNION
  SELECT listing_id AS old_id, relisted_as AS new_id
  FROM gold_counterfeit_case
  WHERE relisted_as IS NOT NULL AND listing_id IS NOT NULL
),
stated AS (
  SELECT DISTINCT listing_id, relisted_as FROM gold_counterfeit_case WHERE relisted_as IS NOT NULL
)
SELECT
  o.listing_id AS first_listing_id, n.listing_id, o.report_id, o.brand_id, o.taken_down_on, n.listed_on, n.delisted_on,
  n.platform_code, n.shop_id, n.category_code, o.title AS first_title, n.title, o.enterprise_id AS first_enterprise_id,
  n.enterprise_id,
  CASE
    WHEN n.enterprise_id IS NULL THEN CAST(NULL AS STRING)
    WHEN COALESCE(n.probable, FALSE) THEN 'probable'
    ELSE 'certain'
  END AS enterprise_link,
  CASE
    WHEN o.shop_id = n.shop_id THEN 'same'
    WHEN o.enterprise_id IS NULL OR n.enterprise_id IS NULL THEN 'unknown'
    WHEN COALESCE(o.probable, FALSE) OR COALESCE(n.probable, FALSE)
      THEN CASE WHEN o.enterprise_id = n.enterprise_id THEN 'probably_same' ELSE 'probably_other' END
    WHEN o.enterprise_id = n.enterprise_id THEN 'same'
    ELSE 'other'
  END AS operator_link,
  COALESCE(o.gtin = n.gtin, FALSE) AS same_barcode,
  COALESCE(o.brand = n.brand AND o.model = n.model AND LENGTH(o.model) >= 3, FALSE) AS same_model,
  s.listing_id IS NOT NULL AS stated
FROM keyed AS k
INNER JOIN old AS o ON k.old_id = o.listing_id
INNER JOIN goods AS n ON k.new_id = n.listing_id
LEFT JOIN stated AS s ON k.old_id = s.listing_id AND k.new_id = s.relisted_as
WHERE (s.listing_id IS NOT NULL OR (n.listed_on >= o.taken_down_on AND n.listed_on <= o.until))
  AND n.listing_id <> o.listing_id
  AND NOT COALESCE(n.enterprise_id = o.owner_uscc AND NOT COALESCE(n.probable, FALSE), FALSE)
