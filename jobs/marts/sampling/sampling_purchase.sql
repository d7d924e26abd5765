-- gold.sampling_purchase: the listings that gold.sampling_proposal would buy, drawn so that anyone can draw
-- them again. One row per listing that is drawn, or would have been and is blocked.
--
-- The frame is the listings still on offer that sold something in the frame month of the proposed plan. Each
-- belongs to the stratum of its platform and category of level 1; where the plan has none, to the platform's
-- stratum `other`; where there is none of that either, to no stratum.
--
-- Pareto sampling (B. Rosén, Journal of Statistical Planning and Inference 62, 1997, 159-191): each listing
-- has a permanent random number u, a hash of the plan's seed and its identifier, and an inclusion probability
-- π = n · units / Σ units. Of a stratum the n with the smallest u (1 - π) / ((1 - u) π) are drawn, which
-- holds π more closely than sequential Poisson sampling where n is small. A listing whose π would be 1 or
-- more is drawn for certain; the others share what is left, whereupon further ones may become certain: four
-- rounds.
--
-- A listing whose product the nation has checked within the months of the rule is passed over and the next
-- one taken, so the frame lacks it and the probabilities are those of the others.
--
-- Targeted purchases are of what is left in the stratum: the most likely to fail first (gold.targeting_score,
-- learnt from random samples only), then, as where nothing is scored, those of shops and producers with the
-- most findings, then the most units. The two designs are never pooled.
WITH strata AS (
  SELECT plan_id, platform_code, category_code, dimension_code AS stratum, n_probability, n_targeted,
    frame_month, period_start, seed
  FROM gold_sampling_proposal
  WHERE dimension_type = 'stratum'
),
-- Read from what the listings of the frame are scored by, which sums their order lines already.
sold AS (
  SELECT unit_id AS listing_id, CAST(SUM(units_sold) AS BIGINT) AS units_sold
  FROM gold_targeting_feature
  WHERE role = 'listing' AND ADD_MONTHS(day, -1) IN (SELECT frame_month FROM strata)
  GROUP BY unit_id
),
-- The highest category above each.
tops AS (
  SELECT c.category_code, COALESCE(p.parent_code, c.parent_code, c.category_code) AS top
  FROM silver_product_category AS c
  LEFT JOIN silver_product_category AS p ON c.parent_code = p.category_code
),
framed AS (
  SELECT l.listing_id, COALESCE(l.platform_code, s.platform_code) AS platform_code, l.shop_id,
    l.category_code, COALESCE(t.top, l.category_code, 'unknown') AS top, l.title,
    CASE WHEN l._currency = :currency THEN l.price END AS price, l.brand, l.model, l.producer_name, l.producer_uscc, sold.units_sold
  FROM silver_listing AS l
  JOIN sold ON l.listing_id = sold.listing_id
  LEFT JOIN silver_shop AS s ON l.shop_id = s.shop_id
  LEFT JOIN tops AS t ON l.category_code = t.category_code
  WHERE l.delisted_on IS NULL AND sold.units_sold > 0
),
in_strata AS (
  SELECT f.listing_id, f.platform_code, f.shop_id, f.category_code, f.title, f.price, f.brand, f.model,
    f.producer_name, f.producer_uscc, f.units_sold, s.plan_id, s.stratum, s.n_probability, s.n_targeted,
    s.period_start, s.seed
  FROM framed AS f
  LEFT JOIN strata AS own ON f.platform_code = own.platform_code AND f.top = own.category_code
  JOIN strata AS s
    ON f.platform_code = s.platform_code AND COALESCE(own.category_code, 'other') = s.category_code
),
-- What one product is when checks are not to be repeated, word for word as in gold.duplicate_check: a
-- producer's goods of one brand and model. The producer is its credit code, without one its name without
-- blanks. Null where the producer or the model is not known.
worded AS (
  SELECT *, COALESCE(producer_uscc, '') AS code,
    CASE WHEN producer_uscc IS NULL THEN REGEXP_REPLACE(producer_name, r'[\t-\r ]', '') ELSE '' END
    || '|' || COALESCE(TRIM(BOTH ' ' FROM brand), '') || '|' || TRIM(BOTH ' ' FROM model) AS words
  FROM in_strata
),
hashed AS (
  SELECT *, SUBSTRING(SHA2(CONCAT_WS('|', CAST(seed AS STRING), listing_id), 256), 1, 13) AS digits,
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
-- The first 13 hexadecimal digits of the hash are 52 bits, which a double holds with the half that keeps u
-- off zero. A product is blocked if the nation has checked it and may check it again only on or after the
-- first day of the plan's quarter.
numbered AS (
  SELECT h.listing_id, h.platform_code, h.shop_id, h.category_code, h.title, h.price, h.producer_uscc,
    h.units_sold, h.plan_id, h.stratum, h.n_probability, h.n_targeted,
    (CAST(AGGREGATE(SEQUENCE(1, 13), CAST(0 AS BIGINT), (number, place) ->
      number * 16 + INSTR('0123456789abcdef', SUBSTRING(h.digits, place, 1)) - 1) AS DOUBLE)
      + CAST(0.5 AS DOUBLE)) / CAST(4503599627370496 AS DOUBLE) AS u,
    COALESCE(c.blocked_until >= h.period_start, FALSE) AS blocked,
    c.last_plan_id, c.last_checked_on, c.reason_zh, c.reason_en
  FROM hashed AS h
  LEFT JOIN gold_duplicate_check AS c ON h.product_id = c.product_id AND c.issuer_code = :nation
),
-- Four rounds of looking for listings that are drawn for certain: in each a listing is if what it sold is at
-- least its share of the purchases that are left to those not yet certain. The last one gives the chances.
first_round AS (
  SELECT *, NOT blocked AND n_probability * units_sold
    >= SUM(CASE WHEN NOT blocked THEN units_sold END) OVER own AS certain_1
  FROM numbered
  WINDOW own AS (PARTITION BY plan_id, stratum)
),
second_round AS (
  SELECT *, certain_1 OR (NOT blocked AND (n_probability - COUNT_IF(certain_1) OVER own) * units_sold
    >= SUM(CASE WHEN NOT blocked AND NOT certain_1 THEN units_sold END) OVER own) AS certain_2
  FROM first_round
  WINDOW own AS (PARTITION BY plan_id, stratum)
),
third_round AS (
  SELECT *, certain_2 OR (NOT blocked AND (n_probability - COUNT_IF(certain_2) OVER own) * units_sold
    >= SUM(CASE WHEN NOT blocked AND NOT certain_2 THEN units_sold END) OVER own) AS certain_3
  FROM second_round
  WINDOW own AS (PARTITION BY plan_id, stratum)
),
-- `wanted`: its purchases if they went by what was sold, times `others`, what those not yet certain sold
-- (null where there are none).
fourth_round AS (
  SELECT *, (n_probability - COUNT_IF(certain_3) OVER own) * units_sold AS wanted,
    CAST(SUM(CASE WHEN NOT blocked AND NOT certain_3 THEN units_sold END) OVER own AS BIGINT) AS others
  FROM third_round
  WINDOW own AS (PARTITION BY plan_id, stratum)
),
with_chances AS (
  SELECT listing_id, platform_code, shop_id, category_code, title, price, producer_uscc, units_sold, plan_id,
    stratum, n_probability, n_targeted, u, blocked, last_plan_id, last_checked_on, reason_zh, reason_en,
    certain_3 OR (NOT blocked AND wanted >= others) AS certain,
    CASE WHEN certain_3 OR others IS NULL OR wanted >= others THEN CAST(1 AS DOUBLE)
      ELSE CAST(wanted AS DOUBLE) / CAST(others AS DOUBLE) END AS pi
  FROM fourth_round
),
placed AS (
  SELECT *, CASE WHEN pi > 0 THEN u * (1 - pi) / ((1 - u) * pi) END AS place
  FROM with_chances
),
-- `turn`: the place in the order of the draw, the certain ones first, those without a chance last;
-- `open_turn`: the same among those that are not blocked.
in_turn AS (
  SELECT *,
    ROW_NUMBER() OVER (
      PARTITION BY plan_id, stratum
      ORDER BY CASE WHEN certain THEN 0 ELSE 1 END NULLS FIRST, place NULLS LAST, listing_id NULLS FIRST
    ) AS turn,
    SUM(CASE WHEN blocked THEN 0 ELSE 1 END) OVER (
      PARTITION BY plan_id, stratum
      ORDER BY CASE WHEN certain THEN 0 ELSE 1 END NULLS FIRST, place NULLS LAST, listing_id NULLS FIRST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS open_turn
  FROM placed
),
drawn AS (
  SELECT *, NOT blocked AND open_turn <= n_probability AS by_chance
  FROM in_turn
),
-- The samples that failed in the end (a reinspection that stands comes after the first test) or left as a
-- violation.
final_outcomes AS (
  SELECT sample_id, MAX_BY(outcome, stage) AS outcome
  FROM gold_standing_conclusion
  GROUP BY sample_id
),
findings AS (
  SELECT s.shop_id, s.producer_uscc
  FROM silver_sample AS s
  LEFT JOIN final_outcomes AS f ON s.sample_id = f.sample_id
  WHERE f.outcome = 'nonconforming' OR s.exit_kind = 'violation'
),
of_shops AS (
  SELECT shop_id, COUNT(*) AS n_findings FROM findings WHERE shop_id IS NOT NULL GROUP BY shop_id
),
of_producers AS (
  SELECT producer_uscc, COUNT(*) AS n_findings
  FROM findings
  WHERE producer_uscc IS NOT NULL
  GROUP BY producer_uscc
),
of_both AS (  -- of the shop and of the producer: one finding
  SELECT shop_id, producer_uscc, COUNT(*) AS n_findings
  FROM findings
  WHERE shop_id IS NOT NULL AND producer_uscc IS NOT NULL
  GROUP BY shop_id, producer_uscc
),
-- `last_turn`: the turn of the last one that is drawn by chance; who was passed over stands before it.
with_findings AS (
  SELECT d.*,
    COALESCE(s.n_findings, 0) + COALESCE(p.n_findings, 0) - COALESCE(b.n_findings, 0) AS n_findings, t.score,
    NOT d.blocked AND NOT d.by_chance AS is_left,
    COALESCE(MAX(CASE WHEN d.by_chance THEN d.turn END) OVER (PARTITION BY d.plan_id, d.stratum), 0)
      AS last_turn
  FROM drawn AS d
  LEFT JOIN of_shops AS s ON d.shop_id = s.shop_id
  LEFT JOIN of_producers AS p ON d.producer_uscc = p.producer_uscc
  LEFT JOIN of_both AS b ON d.shop_id = b.shop_id AND d.producer_uscc = b.producer_uscc
  LEFT JOIN gold_targeting_score AS t ON d.listing_id = t.listing_id
),
targeted AS (
  SELECT *, is_left AND n_targeted >= ROW_NUMBER() OVER (
    PARTITION BY plan_id, stratum
    ORDER BY CASE WHEN is_left THEN 0 ELSE 1 END NULLS FIRST, score DESC NULLS LAST,
      n_findings DESC NULLS LAST, units_sold DESC NULLS LAST, u NULLS FIRST, listing_id NULLS FIRST
  ) AS on_purpose
  FROM with_findings
)
SELECT plan_id, listing_id,
  CONCAT('CG-', SUBSTRING(SHA2(CONCAT_WS('|', plan_id, listing_id), 256), 1, 16)) AS purchase_id,
  CASE WHEN blocked THEN 'blocked' ELSE 'proposed' END AS status,
  CASE WHEN on_purpose THEN 'targeted' ELSE 'probability' END AS design,
  stratum, platform_code, shop_id, category_code, title, CAST(price AS DOUBLE) AS price, units_sold,
  CASE WHEN by_chance THEN pi END AS inclusion_probability, u AS random_number,
  CASE WHEN on_purpose THEN n_findings END AS n_findings,
  CASE WHEN blocked THEN last_plan_id END AS earlier_plan_id,
  CASE WHEN blocked THEN last_checked_on END AS earlier_checked_on,
  CASE WHEN blocked THEN reason_zh END AS reason_zh,
  CASE WHEN blocked THEN reason_en END AS reason_en
FROM targeted
WHERE by_chance OR on_purpose OR (blocked AND turn < last_turn)
