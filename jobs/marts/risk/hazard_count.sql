-- Reports that name a hazard, by week, category and hazard: failing tests, alerts abroad, recalls, words of
-- complaints and reviews.
--
-- Tests: a batch is judged on a hazard where the laboratory judged an item whose name holds a word of the
-- hazard and the conclusion that stands judges the batch; it fails where such an item failed and the batch is
-- finally non-conforming. Its week is that of the first conclusion, else of the re-inspection's.
-- Alerts and recalls: a hazard is the code whose words (ours, the EU's, those of Great Britain) the feed
-- writes, else the feed's own words; several are separated by semicolons and count once each; n/a, unknown and
-- none name none.
-- The category of an alert is its code, or the feed's own words where it has no code or one of level 1, which says
-- less than they do (nuts and herbs are both food).
-- Texts: complaints and reviews in which the hazard was read for sure, against all texts of the category, so
-- that more orders, which bring more of both, are no alarm. Category: what the row states, then its listing's,
-- then what was read. A pair that was read five times has a row in each week with texts of its category.
WITH words AS (
  SELECT word, MIN(hazard_code) AS hazard_code
  FROM (
    SELECT LOWER(hazard_code) AS word, hazard_code FROM silver_hazard
    UNION ALL
    SELECT LOWER(eu_word) AS word, hazard_code FROM silver_hazard
    UNION ALL
    SELECT LOWER(gb_word) AS word, hazard_code FROM silver_hazard
    UNION ALL
    SELECT LOWER(name_en) AS word, hazard_code FROM silver_hazard
    UNION ALL
    SELECT name_zh AS word, hazard_code FROM silver_hazard
  ) AS named
  WHERE word IS NOT NULL
  GROUP BY word
),
final AS (  -- the re-inspection's conclusion goes before the first
  SELECT sample_id, outcome, issued_on
  FROM (
    SELECT
      sample_id, outcome,
      MIN(issued_on) OVER (PARTITION BY sample_id) AS issued_on,
      ROW_NUMBER() OVER (PARTITION BY sample_id ORDER BY stage DESC NULLS LAST) AS place
    FROM gold_standing_conclusion
  ) AS ranked
  WHERE place = 1 AND issued_on IS NOT NULL AND outcome IN ('conforming', 'nonconforming')
),
items AS (
  SELECT sample_id, item_name, lab_verdict
  FROM silver_test_result
  WHERE lab_verdict IN ('conforming', 'nonconforming') AND item_name IS NOT NULL
),
rules AS (SELECT EXPLODE(match) AS word, hazard_code FROM silver_item_hazard),
about AS (  -- item names are few: each is compared with the words once
  SELECT DISTINCT n.item_name, r.hazard_code
  FROM (SELECT DISTINCT item_name FROM items) AS n
  INNER JOIN rules AS r ON INSTR(n.item_name, r.word) > 0
),
batches AS (
  SELECT
    f.issued_on, COALESCE(s.category_code, 'unknown') AS category_code, a.hazard_code, s.sample_id,
    COALESCE(p.type, 'targeted') = 'probability' AS random,
    MAX(CASE WHEN i.lab_verdict = 'nonconforming' AND f.outcome = 'nonconforming' THEN 1 ELSE 0 END) AS failed
  FROM final AS f
  INNER JOIN silver_sample AS s ON f.sample_id = s.sample_id
  INNER JOIN items AS i ON f.sample_id = i.sample_id
  INNER JOIN about AS a ON i.item_name = a.item_name
  LEFT JOIN silver_sampling_plan AS p ON s.plan_id = p.plan_id
  GROUP BY
    f.issued_on, COALESCE(s.category_code, 'unknown'), a.hazard_code, s.sample_id,
    COALESCE(p.type, 'targeted') = 'probability'
),
notices AS (
  SELECT
    'alert' AS stream, published_on AS day,
    COALESCE(
      CASE WHEN c.level = 1 THEN NULLIF(LOWER(TRIM(a.category_text)), '') END,
      a.category_code, NULLIF(LOWER(TRIM(a.category_text)), ''), 'unknown'
    ) AS category_code,
    CONCAT(system, ' ', alert_id) AS notice,
    COALESCE(SIZE(FILTER(origin_countries, x -> LOWER(TRIM(x)) IN (:nation_spellings))) > 0, FALSE)
      AS home,
    SPLIT(COALESCE(hazard_category, ''), ';') AS hazards
  FROM silver_overseas_alert AS a
  LEFT JOIN silver_product_category AS c ON a.category_code = c.category_code
  UNION ALL
  SELECT
    'recall' AS stream, recalled_on AS day, COALESCE(category_code, 'unknown') AS category_code,
    CONCAT(authority, ' ', recall_id) AS notice, FALSE AS home, hazards
  FROM silver_recall
),
named AS (
  SELECT stream, day, category_code, notice, home, EXPLODE(hazards) AS hazard FROM notices
),
said AS (
  SELECT DISTINCT
    n.stream, n.day, n.category_code, n.notice, n.home,
    COALESCE(w.hazard_code, LOWER(TRIM(n.hazard))) AS hazard_code
  FROM named AS n
  LEFT JOIN words AS w ON LOWER(TRIM(n.hazard)) = w.word
  WHERE LOWER(TRIM(n.hazard)) NOT IN ('', 'n/a', 'unknown', 'none')
),
heard AS (
  SELECT
    CAST(TRUNC(t.day, 'WEEK') AS DATE) AS week,
    COALESCE(t.category_code, l.category_code, t.read_category_code, 'unknown') AS category_code,
    t.hazard_code, COUNT(*) AS n
  FROM (
    SELECT received_on AS day, listing_id, category_code, read_category_code, hazard_code
    FROM gold_complaint_hazard
    WHERE confidence = 'sure'
    UNION ALL
    SELECT
      reviewed_on AS day, listing_id, CAST(NULL AS STRING) AS category_code, read_category_code, hazard_code
    FROM gold_review_hazard
    WHERE confidence = 'sure'
  ) AS t
  LEFT JOIN silver_listing AS l ON t.listing_id = l.listing_id
  GROUP BY
    CAST(TRUNC(t.day, 'WEEK') AS DATE),
    COALESCE(t.category_code, l.category_code, t.read_category_code, 'unknown'), t.hazard_code
),
texts AS (  -- counted before the join: few rows of what a listing got in a week
  SELECT w.week, COALESCE(w.category_code, l.category_code, 'unknown') AS category_code, SUM(w.n) AS n
  FROM (
    SELECT CAST(TRUNC(received_on, 'WEEK') AS DATE) AS week, listing_id, category_code, COUNT(*) AS n
    FROM silver_complaint
    WHERE text IS NOT NULL
    GROUP BY CAST(TRUNC(received_on, 'WEEK') AS DATE), listing_id, category_code
    UNION ALL
    SELECT
      CAST(TRUNC(reviewed_on, 'WEEK') AS DATE) AS week, listing_id, CAST(NULL AS STRING) AS category_code,
      COUNT(*) AS n
    FROM silver_review
    WHERE text IS NOT NULL
    GROUP BY CAST(TRUNC(reviewed_on, 'WEEK') AS DATE), listing_id
  ) AS w
  LEFT JOIN silver_listing AS l ON w.listing_id = l.listing_id
  GROUP BY w.week, COALESCE(w.category_code, l.category_code, 'unknown')
),
followed AS (
  SELECT category_code, hazard_code FROM heard GROUP BY category_code, hazard_code HAVING SUM(n) >= 5
),
looked_at AS (
  SELECT week, category_code, hazard_code FROM heard
  UNION
  SELECT t.week, f.category_code, f.hazard_code
  FROM followed AS f
  INNER JOIN texts AS t ON f.category_code = t.category_code
),
said_of AS (
  SELECT
    a.week AS day, a.category_code, a.hazard_code, COALESCE(h.n, 0) AS n,
    GREATEST(COALESCE(t.n, 0), COALESCE(h.n, 0)) AS n_texts
  FROM looked_at AS a
  LEFT JOIN heard AS h
    ON a.week = h.week AND a.category_code = h.category_code AND a.hazard_code = h.hazard_code
  LEFT JOIN texts AS t ON a.week = t.week AND a.category_code = t.category_code
),
reports AS (
  SELECT
    issued_on AS day, category_code, hazard_code, 'test' AS stream, failed AS n, failed AS n_home, 1 AS n_judged,
    CASE WHEN random THEN failed ELSE 0 END AS n_random, CASE WHEN random THEN 1 ELSE 0 END AS n_random_judged
  FROM batches
  UNION ALL
  SELECT
    day, category_code, hazard_code, stream, 1 AS n, CASE WHEN home THEN 1 ELSE 0 END AS n_home, 0 AS n_judged,
    0 AS n_random, 0 AS n_random_judged
  FROM said
  UNION ALL
  SELECT
    day, category_code, hazard_code, 'text' AS stream, n, n AS n_home, n_texts AS n_judged, 0 AS n_random,
    0 AS n_random_judged
  FROM said_of
)
SELECT
  CAST(TRUNC(day, 'WEEK') AS DATE) AS week, category_code, hazard_code, stream,
  CAST(SUM(n) AS BIGINT) AS n, CAST(SUM(n_home) AS BIGINT) AS n_home, CAST(SUM(n_judged) AS BIGINT) AS n_judged,
  CAST(SUM(n_random) AS BIGINT) AS n_random, CAST(SUM(n_random_judged) AS BIGINT) AS n_random_judged
FROM reports
GROUP BY CAST(TRUNC(day, 'WEEK') AS DATE), category_code, hazard_code, stream
