-- Orders, returns and reviews as additive counts: one row per month, platform, shop and category. What is said of
-- trade by larger cells (gold.commerce_state, gold.commerce_concentration, gold.sampling_frame) are sums of these, so
-- that order lines are read once. Confidential, never published.
--
-- Month: an order line, returned or not, counts in the month of its order; a review in its own month.
-- Place: what a row says itself goes before its listing, its listing before its shop; the region is the
-- shop's. A code that its source keeps beside the reference stands as itself. What is not known is
-- `unknown`, so that no row is lost from a total. Joins go along foreign keys only, each of which names one
-- row.
-- Orders: an order is its platform, the one in which its lines count, and order_id, as order numbers are the
-- platform's own; a line without an order_id is an order by itself. An order counts once a month, where its
-- smallest order_line_id counts, so that sums over any cells are exact. So does a listing (n_listings), if
-- silver.listing knows it.
-- Quantities and amounts: a line that does not say one adds none to quantity or amount; in units_sold it is one unit,
-- in units_listed too where silver.listing knows its listing. An amount in another currency than the
-- deployment's is left out, not converted, and its line is counted (n_other_currency).
-- Returns: lines with a day or a reason of return. One that states no reason must not pass for another reason
-- than quality, so those that state one have a count of their own.
-- Low ratings are 1 and 2. One speaks of quality where its words say that goods are bad: broken, dangerous,
-- not as described, not what they claim to be. Not how they were sent, what they cost or whether they please.
-- The words stand below by what they complain of, so that each can be argued about: Law on the protection of
-- consumers' rights art 18 and Product Quality Law art 26 (no danger to persons and property; the properties
-- that goods should have; as label and page say), art 27 and 30 (its marks, and no false ones). Capitals A to
-- Z are read as small letters.
WITH lines AS (
  SELECT
    CAST(TRUNC(t.ordered_on, 'MONTH') AS DATE) AS month,
    COALESCE(t.platform_code, l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(t.shop_id, l.shop_id, 'unknown') AS shop_id,
    COALESCE(l.category_code, 'unknown') AS category_code, COALESCE(s.region_code, 'unknown') AS region_code,
    t.order_line_id, COALESCE(t.order_id, t.order_line_id) AS own_order, t.order_id IS NULL AS alone,
    l.listing_id IS NOT NULL AS listed,
    -- along the join to listings, so that Spark moves its rows once for both
    ROW_NUMBER() OVER (
      PARTITION BY CAST(TRUNC(t.ordered_on, 'MONTH') AS DATE), t.listing_id
      ORDER BY t.order_line_id NULLS FIRST
    ) = 1 AS first_of_listing,
    t.quantity,
    CASE WHEN t._currency = :currency THEN t.amount END AS amount,
    t.amount IS NOT NULL AND t._currency <> :currency AS other_currency,
    t.returned_on IS NOT NULL OR t.return_reason IS NOT NULL AS returned, t.return_reason
  FROM silver_transaction AS t
  LEFT JOIN silver_listing AS l ON t.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON COALESCE(t.shop_id, l.shop_id) = s.shop_id
),
reviews AS (  -- of each review: whether it is low, has words, speaks of quality
  SELECT
    CAST(TRUNC(reviewed_on, 'MONTH') AS DATE) AS month, platform_code, listing_id, rating,
    CASE WHEN rating <= 2 THEN TRIM(BOTH ' ' FROM text) <> '' END AS low_with_words,
    CASE
      WHEN rating <= 2 THEN
        TRANSLATE(text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') RLIKE (
          -- danger to persons and property
          '漏电|触电|起火|着火|冒烟|爆炸|自燃|过热|烫伤|割伤|划伤|危险|窒息|中毒'
          -- danger to health
          || '|刺鼻|异味|臭味|甲醛|过敏|红疹|红肿|瘙痒|掉色|褪色|发霉|变质|过期|生虫'
          -- a defect
          || '|坏了|坏的|坏掉|故障|失灵|不能用|用不了|没法用|断了|断裂|开裂|裂了|裂开|裂缝|开胶|脱胶|脱线|开线|破洞'
          || '|漏水|漏油|漏气|生锈|掉漆|变形|起球|瑕疵|残次|次品|质量差|质量不好|质量问题|质量太差|劣质|做工差'
          || '|做工粗糙|粗制滥造|不耐用'
          -- not as label and page say
          || '|与描述不符|描述不符|与页面描述不符|货不对板|虚假宣传|材质不符|成分不符|参数不符|缺斤少两|虚标'
          -- without its marks, or with false ones
          || '|假货|假冒|冒牌|仿冒|山寨|三无|没有中文标识|没有合格证|无合格证|没有生产日期|没有厂名|翻新|二手'
          -- the same in Portuguese and in English
          || '|defeito|defeituos|quebrad|estragad|falsificad|não funciona|nao funciona|péssima qualidade'
          || '|má qualidade|defective|broken|faulty|counterfeit|stopped working|poor quality|bad quality'
          || '|not as described|unsafe'
        )
    END AS low_about_quality
  FROM silver_review
),
counted AS (  -- order lines and reviews, by where they count
  SELECT
    'line' AS what, month, platform_code, shop_id, category_code, region_code, listed,
    ROW_NUMBER() OVER (
      PARTITION BY month, platform_code, own_order, alone ORDER BY order_line_id NULLS FIRST
    ) = 1 AS first_of_order,
    first_of_listing, quantity, amount, other_currency, returned, return_reason,
    CAST(NULL AS INT) AS rating, FALSE AS low_with_words, FALSE AS low_about_quality
  FROM lines
  UNION ALL
  SELECT
    'review' AS what, r.month, COALESCE(r.platform_code, l.platform_code, s.platform_code, 'unknown')
      AS platform_code,
    COALESCE(l.shop_id, 'unknown') AS shop_id, COALESCE(l.category_code, 'unknown') AS category_code,
    COALESCE(s.region_code, 'unknown') AS region_code, l.listing_id IS NOT NULL AS listed,
    FALSE AS first_of_order, FALSE AS first_of_listing,
    CAST(NULL AS BIGINT) AS quantity, CAST(NULL AS DECIMAL(18, 2)) AS amount, FALSE AS other_currency,
    FALSE AS returned, CAST(NULL AS STRING) AS return_reason, r.rating, r.low_with_words,
    r.low_about_quality
  FROM reviews AS r
  LEFT JOIN silver_listing AS l ON r.listing_id = l.listing_id
  LEFT JOIN silver_shop AS s ON l.shop_id = s.shop_id
)
SELECT
  month, platform_code, shop_id, category_code, region_code,
  COUNT(*) FILTER (WHERE what = 'line') AS n_lines,
  COUNT(*) FILTER (WHERE first_of_order) AS n_orders,
  COUNT(*) FILTER (WHERE first_of_listing AND listed) AS n_listings,
  CAST(COALESCE(SUM(quantity), 0) AS BIGINT) AS quantity,
  CAST(COALESCE(SUM(CASE WHEN what = 'line' THEN COALESCE(quantity, 1) END), 0) AS BIGINT) AS units_sold,
  CAST(COALESCE(SUM(CASE WHEN what = 'line' AND listed THEN COALESCE(quantity, 1) END), 0) AS BIGINT)
    AS units_listed,
  CAST(COALESCE(SUM(amount), 0) AS DECIMAL(28, 2)) AS amount,
  COUNT(*) FILTER (WHERE returned) AS n_returned,
  COUNT(*) FILTER (WHERE return_reason = 'quality') AS n_returned_quality,
  COUNT(*) FILTER (WHERE what = 'review') AS n_reviews,
  COUNT(rating) AS n_rated,
  CAST(COALESCE(SUM(rating), 0) AS BIGINT) AS rating_sum,
  COUNT(*) FILTER (WHERE rating <= 2) AS n_low_ratings,
  COUNT(return_reason) AS n_returned_stated,
  COUNT(*) FILTER (WHERE low_with_words) AS n_low_texts,
  COUNT(*) FILTER (WHERE low_about_quality) AS n_low_quality,
  COUNT(*) FILTER (WHERE other_currency) AS n_other_currency
FROM counted
GROUP BY month, platform_code, shop_id, category_code, region_code
