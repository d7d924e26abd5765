-- Products that were checked, by whom, and until when neither that body nor one below may check them again:
-- one row per product and body that checked it. Source: SAMR order 18 (2019) as
-- schemas/reference/proposal_setting.csv quotes it; definitions.md#repeated-check.
--
-- Check: a sample that was not void, on the day it was bought, of a product that is known. Its window is
-- the months of the setting `repeat_window_months` valid on that day.
-- Body: who ordered the plan: CN for the nation, else the region; `unknown` where no plan says it. Bodies
-- below have codes that begin with its own without the pairs of zeros at the end (GB/T 2260): nothing of the
-- nation, 33 of a province, 3301 of a prefecture.
-- Repetition: a check less than the window after another one of the same product by the same body or one
-- above it. A follow-up of a finding is none, nor is another batch in the same plan.
-- Product: what one product is when checks are not to be repeated, a producer's goods of one brand and model.
-- The regulation names producer, standard, trade mark and model; the standard is left out: pages of one
-- product cite it or do not. The producer is its credit code, without one its name without blanks, of which
-- only a hash shows: it may be a person's. What the goods say goes before what the page says. The hash reads
-- small letters as capitals; a product in whose words stands a letter on whose capital the engines do not
-- agree (ß, ligatures, Greek with its accents, the newest scripts) keeps them as written.
WITH checked AS (
  SELECT
    s.sample_id, s.plan_id, p.type, p.issuer_level, s.purchased_on AS checked_on,
    CASE
      WHEN p.issuer_level = 'national' THEN :nation ELSE COALESCE(p.issuer_region_code, 'unknown')
    END AS issuer_code,
    CASE
      WHEN COALESCE(s.producer_uscc, s.producer_name) IS NOT NULL THEN s.producer_uscc ELSE l.producer_uscc
    END AS producer_uscc,
    CASE
      WHEN COALESCE(s.producer_uscc, s.producer_name) IS NOT NULL THEN s.producer_name ELSE l.producer_name
    END AS producer_name,
    COALESCE(s.brand, l.brand) AS brand, COALESCE(l.model, s.product_name) AS model,
    COALESCE(s.category_code, l.category_code) AS category_code
  FROM silver_sample AS s
  LEFT JOIN silver_sampling_plan AS p ON s.plan_id = p.plan_id
  LEFT JOIN silver_listing AS l ON s.listing_id = l.listing_id
  WHERE (s.exit_kind IS NULL OR s.exit_kind <> 'void') AND s.purchased_on IS NOT NULL
),
goods AS (  -- of checks and of what is on offer, in one place: both are the same product by the same words
  SELECT sample_id, producer_uscc, producer_name, brand, model, 0 AS n_listings
  FROM checked
  UNION ALL
  SELECT CAST(NULL AS STRING) AS sample_id, producer_uscc, producer_name, brand, model, COUNT(*) AS n_listings
  FROM silver_listing
  WHERE delisted_on IS NULL
  GROUP BY producer_uscc, producer_name, brand, model
),
worded AS (
  SELECT
    sample_id, n_listings, COALESCE(producer_uscc, '') AS code,
    CASE WHEN producer_uscc IS NULL THEN REGEXP_REPLACE(producer_name, r'[\t-\r ]', '') ELSE '' END
    || '|' || COALESCE(TRIM(BOTH ' ' FROM brand), '') || '|' || TRIM(BOTH ' ' FROM model) AS words
  FROM goods
),
products AS (  -- null where the producer or the model is not known
  SELECT
    sample_id, n_listings,
    SUBSTRING(
      SHA2(
        code || CASE
          WHEN words RLIKE (
            r'[ßŉƛǰɐ-ʯΐΰև\x{1C80}-\x{1C8F}\x{1E96}-\x{1E9F}\x{1F00}-\x{1FFF}\x{A7C0}-\x{A7FF}'
            || r'\x{FB00}-\x{FB1F}\x{10D40}-\x{10D8F}]'
          ) THEN words
          ELSE UPPER(words)
        END,
        256
      ),
      1, 20
    ) AS product_id
  FROM worded
),
windows AS (
  SELECT CAST(FLOOR(value) AS INT) AS months, valid_from, valid_to
  FROM silver_proposal_setting
  WHERE setting = 'repeat_window_months'
),
checks AS (
  SELECT
    p.product_id, c.issuer_code, c.sample_id, c.plan_id, c.type, c.issuer_level, c.checked_on,
    c.producer_uscc, c.brand, c.model, c.category_code, w.months,
    CASE WHEN c.issuer_code = :nation THEN '' ELSE REGEXP_REPLACE(c.issuer_code, r'(00)+\z', '') END AS reach
  FROM checked AS c
  JOIN products AS p ON c.sample_id = p.sample_id
  JOIN windows AS w ON c.checked_on >= w.valid_from AND (w.valid_to IS NULL OR c.checked_on <= w.valid_to)
  WHERE p.product_id IS NOT NULL
),
repeats AS (
  SELECT DISTINCT c.sample_id
  FROM checks AS c
  JOIN checks AS earlier ON c.product_id = earlier.product_id
  WHERE
    (
      earlier.checked_on < c.checked_on
      OR (earlier.checked_on = c.checked_on AND earlier.sample_id < c.sample_id)
    )
    AND c.checked_on < ADD_MONTHS(earlier.checked_on, earlier.months)
    AND STARTSWITH(c.reach, earlier.reach)
    AND earlier.plan_id <> c.plan_id
    AND (c.type IS NULL OR c.type <> 'follow_up')
),
counted AS (
  SELECT c.product_id, c.issuer_code, COUNT(*) AS n_checks, COUNT(r.sample_id) AS n_repeats
  FROM checks AS c
  LEFT JOIN repeats AS r ON c.sample_id = r.sample_id
  GROUP BY c.product_id, c.issuer_code
),
ordered AS (  -- 1: the latest check
  SELECT
    product_id, issuer_code, sample_id, plan_id, issuer_level, checked_on, producer_uscc, brand, model,
    category_code, months, CAST(checked_on AS STRING) AS day_text, CAST(months AS STRING) AS months_text,
    ROW_NUMBER() OVER (
      PARTITION BY product_id, issuer_code
      ORDER BY checked_on DESC NULLS LAST, sample_id DESC NULLS LAST, months DESC NULLS LAST
    ) AS place
  FROM checks
),
offers AS (
  SELECT product_id, SUM(n_listings) AS n_listings
  FROM products
  WHERE product_id IS NOT NULL
  GROUP BY product_id
)
SELECT
  n.product_id, n.issuer_code, o.issuer_level, o.producer_uscc, o.brand, o.model, o.category_code, n.n_checks,
  n.n_repeats, CAST(COALESCE(f.n_listings, 0) AS BIGINT) AS n_listings, o.plan_id AS last_plan_id,
  o.sample_id AS last_sample_id, o.checked_on AS last_checked_on,
  CAST(DATE_SUB(ADD_MONTHS(o.checked_on, o.months), 1) AS DATE) AS blocked_until,
  CASE WHEN n.issuer_code = :nation THEN '国家' ELSE '地区' || n.issuer_code END
  || '已于' || o.day_text || '抽查同一产品（方案' || o.plan_id || '），'
  || o.months_text || '个月内不重复抽查' AS reason_zh,
  'the same product was checked by '
  || CASE WHEN n.issuer_code = :nation THEN 'the nation' ELSE 'region ' || n.issuer_code END
  || ' on ' || o.day_text || ' (plan ' || o.plan_id || '): not again within '
  || o.months_text || ' months' AS reason_en
FROM counted AS n
JOIN ordered AS o ON n.product_id = o.product_id AND n.issuer_code = o.issuer_code AND o.place = 1
LEFT JOIN offers AS f ON n.product_id = f.product_id
