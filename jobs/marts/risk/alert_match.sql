-- Alerts abroad and recalls against goods at home: the listings that each may be about, with method and
-- confidence.
--
-- barcode: the same GTIN, padded to 14 digits (0.99): of a recall, or one of 8, 12, 13 or 14 digits with a valid
-- check digit in the notice's words, where spaces and hyphens may part it. brand_model: the same brand and model (0.9).
-- category_text: the same category or one above or below it, and the notice's words hold the listing's brand and
-- model (0.7) or its brand alone (0.4). Brands and models in Latin letters must stand there as whole words, with
-- at least three and four characters besides marks around them, and any other marks between letters and digits
-- read as a space; those with Chinese characters, which no space parts, anywhere, with at least two and four.
-- Capitals and spaces around do not count; words that say that there is no brand (silver.no_brand) are none.
-- Texts are compared with the distinct goods of a category, not with listings. Of each notice and method at most
-- 200 listings are kept: those on offer before others, then the surest, then those listed the longest. A notice and
-- listing stand once, by the surest method.
-- On offer: not delisted before the day of publication. A listing that states no platform is on that of its shop.
WITH notices AS (
  SELECT
    'alert' AS notice_type, system, alert_id AS notice_id, published_on, UPPER(product_text) AS words,
    category_code, CAST(NULL AS STRING) AS brand, CAST(NULL AS STRING) AS model, CAST(NULL AS STRING) AS gtin
  FROM silver_overseas_alert
  UNION ALL
  SELECT
    'recall' AS notice_type, authority AS system, recall_id AS notice_id, recalled_on AS published_on,
    UPPER(product_text) AS words, category_code,
    CASE WHEN x.word IS NULL THEN NULLIF(UPPER(TRIM(brand)), '') END AS brand,
    NULLIF(UPPER(TRIM(model)), '') AS model,
    CASE WHEN LENGTH(barcode) >= 8 THEN SUBSTRING(CONCAT('000000', barcode), LENGTH(barcode) - 7, 14) END AS gtin
  FROM silver_recall
  LEFT JOIN silver_no_brand AS x ON UPPER(TRIM(brand)) = x.word
),
numbers AS (  -- runs of digits in the words, and runs that spaces and hyphens part
  SELECT
    notice_type, system, notice_id,
    EXPLODE(SPLIT(REGEXP_REPLACE(TRANSLATE(words, '０１２３４５６７８９', '0123456789'), '[^0-9]+', ';'), ';')) AS number
  FROM notices
  UNION ALL
  SELECT notice_type, system, notice_id, TRANSLATE(part, ' -', '') AS number
  FROM (
    SELECT
      notice_type, system, notice_id,
      EXPLODE(
        SPLIT(REGEXP_REPLACE(TRANSLATE(words, '０１２３４５６７８９', '0123456789'), '[^0-9 -]+', ';'), ';')
      ) AS part
    FROM notices
  ) AS parted
),
padded AS (
  SELECT DISTINCT
    notice_type, system, notice_id, SUBSTRING(CONCAT('000000', number), LENGTH(number) - 7, 14) AS gtin
  FROM numbers
  WHERE LENGTH(number) IN (8, 12, 13, 14) AND number RLIKE '[1-9]'
),
codes AS (
  SELECT notice_type, system, notice_id, gtin FROM notices WHERE gtin IS NOT NULL
  UNION
  SELECT notice_type, system, notice_id, gtin
  FROM padded
  WHERE
    (
      3 * (
        CAST(SUBSTRING(gtin, 1, 1) AS INT) + CAST(SUBSTRING(gtin, 3, 1) AS INT) + CAST(SUBSTRING(gtin, 5, 1) AS INT)
        + CAST(SUBSTRING(gtin, 7, 1) AS INT) + CAST(SUBSTRING(gtin, 9, 1) AS INT)
        + CAST(SUBSTRING(gtin, 11, 1) AS INT) + CAST(SUBSTRING(gtin, 13, 1) AS INT)
      )
      + CAST(SUBSTRING(gtin, 2, 1) AS INT) + CAST(SUBSTRING(gtin, 4, 1) AS INT) + CAST(SUBSTRING(gtin, 6, 1) AS INT)
      + CAST(SUBSTRING(gtin, 8, 1) AS INT) + CAST(SUBSTRING(gtin, 10, 1) AS INT)
      + CAST(SUBSTRING(gtin, 12, 1) AS INT) + CAST(SUBSTRING(gtin, 14, 1) AS INT)
    ) % 10 = 0
),
listings AS (
  SELECT
    listing_id, platform_code, shop_id, category_code, listed_on, delisted_on,
    CASE WHEN x.word IS NULL THEN NULLIF(UPPER(TRIM(brand)), '') END AS brand,
    NULLIF(UPPER(TRIM(model)), '') AS model,
    CASE WHEN LENGTH(barcode) >= 8 THEN SUBSTRING(CONCAT('000000', barcode), LENGTH(barcode) - 7, 14) END AS gtin
  FROM silver_listing
  LEFT JOIN silver_no_brand AS x ON UPPER(TRIM(brand)) = x.word
),
named AS (
  SELECT DISTINCT category_code, brand, CASE WHEN LENGTH(model) >= 4 THEN model END AS model
  FROM listings
  WHERE brand IS NOT NULL AND category_code IS NOT NULL
),
goods AS (  -- brands that texts are compared with; Latin names as words with a space on either side
  SELECT category_code, brand, brand_word
  FROM (
    SELECT
      category_code, brand,
      CASE
        WHEN NOT brand RLIKE '[^ -ɏ]'
          THEN CONCAT(' ', TRIM(REGEXP_REPLACE(brand, '[^0-9A-ZÀ-ɏ]+', ' ')), ' ') ELSE ''
      END AS brand_word  -- empty: characters that no space parts
    FROM (SELECT DISTINCT category_code, brand FROM named) AS brands
  ) AS spelled
  WHERE LENGTH(brand_word) >= 5 OR (brand_word = '' AND LENGTH(brand) >= 2)
),
worded AS (
  SELECT
    notice_type, system, notice_id, category_code, words,
    CONCAT(' ', REGEXP_REPLACE(words, '[^0-9A-ZÀ-ɏ]+', ' '), ' ') AS latin
  FROM notices
),
related AS (  -- a category, and those that a notice about it may mean
  SELECT category_code, category_code AS other FROM silver_product_category
  UNION
  SELECT category_code, parent_code AS other FROM silver_product_category WHERE parent_code IS NOT NULL
  UNION
  SELECT parent_code AS category_code, category_code AS other
  FROM silver_product_category
  WHERE parent_code IS NOT NULL
),
mentioned AS (
  SELECT n.notice_type, n.system, n.notice_id, n.words, n.latin, g.category_code, g.brand
  FROM worded AS n
  INNER JOIN related AS r ON n.category_code = r.category_code
  INNER JOIN goods AS g ON r.other = g.category_code
  WHERE CASE WHEN g.brand_word = '' THEN INSTR(n.words, g.brand) ELSE INSTR(n.latin, g.brand_word) END > 0
),
said AS (  -- models are spelled and compared for the brands that a notice holds alone
  SELECT
    notice_type, system, notice_id, category_code, brand, model,
    COALESCE(
      CASE
        WHEN model_word = '' THEN INSTR(words, model)
        WHEN LENGTH(model_word) >= 6 THEN INSTR(latin, model_word)
      END > 0,
      FALSE
    ) AS by_model
  FROM (
    SELECT
      m.notice_type, m.system, m.notice_id, m.words, m.latin, m.category_code, m.brand, g.model,
      CASE
        WHEN NOT g.model RLIKE '[^ -ɏ]'
          THEN CONCAT(' ', TRIM(REGEXP_REPLACE(g.model, '[^0-9A-ZÀ-ɏ]+', ' ')), ' ') ELSE ''
      END AS model_word
    FROM mentioned AS m
    INNER JOIN named AS g ON m.category_code = g.category_code AND m.brand = g.brand
  ) AS spelled
),
matched AS (
  SELECT n.notice_type, n.system, n.notice_id, l.listing_id, 'barcode' AS method, 0.99D AS confidence
  FROM codes AS n
  INNER JOIN listings AS l ON n.gtin = l.gtin
  UNION ALL
  SELECT n.notice_type, n.system, n.notice_id, l.listing_id, 'brand_model' AS method, 0.9D AS confidence
  FROM notices AS n
  INNER JOIN listings AS l ON n.brand = l.brand AND n.model = l.model
  UNION ALL
  SELECT
    s.notice_type, s.system, s.notice_id, l.listing_id, 'category_text' AS method,
    CASE WHEN s.by_model THEN 0.7D ELSE 0.4D END AS confidence
  FROM said AS s
  INNER JOIN listings AS l
    ON s.category_code = l.category_code AND s.brand = l.brand
    AND COALESCE(s.model, '') = COALESCE(CASE WHEN LENGTH(l.model) >= 4 THEN l.model END, '')
),
surest AS (
  SELECT notice_type, system, notice_id, listing_id, method, confidence
  FROM (
    SELECT
      notice_type, system, notice_id, listing_id, method, confidence,
      ROW_NUMBER() OVER (
        PARTITION BY notice_type, system, notice_id, listing_id
        ORDER BY confidence DESC NULLS LAST, method NULLS FIRST
      ) AS place
    FROM matched
  ) AS ranked
  WHERE place = 1
),
kept AS (
  SELECT
    s.notice_type, s.system, s.notice_id, s.listing_id, s.method, s.confidence, n.published_on,
    COALESCE(l.platform_code, p.platform_code) AS platform_code, l.shop_id, l.category_code, l.listed_on, l.delisted_on,
    ROW_NUMBER() OVER (
      PARTITION BY s.notice_type, s.system, s.notice_id, s.method
      ORDER BY
        CASE WHEN l.delisted_on < n.published_on THEN 1 ELSE 0 END NULLS FIRST, s.confidence DESC NULLS LAST,
        l.listed_on NULLS LAST, s.listing_id NULLS FIRST
    ) AS place
  FROM surest AS s
  INNER JOIN notices AS n
    ON s.notice_type = n.notice_type AND s.system = n.system AND s.notice_id = n.notice_id
  INNER JOIN listings AS l ON s.listing_id = l.listing_id
  LEFT JOIN silver_shop AS p ON l.shop_id = p.shop_id
)
SELECT
  notice_type, system, notice_id, listing_id, published_on, method, confidence, platform_code, shop_id,
  category_code, listed_on, delisted_on, delisted_on IS NULL OR delisted_on >= published_on AS on_offer
FROM kept
WHERE place <= 200
