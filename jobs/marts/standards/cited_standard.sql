-- What listings on offer on the night's day cite: one row per number, with what the register says of it
-- (definitions.md#succession). Nothing is guessed: a number that the register lacks is `unknown`, an edition
-- that it lacks of a standard that it knows `unknown_edition`, and neither is called wrong.
--
-- A listing whose first day is not known, nor its shop's, is on offer.
-- A number without a year cites the edition that is valid (GB/T 1.1: an undated reference means the latest
-- one); where none is, it is as good as the best that there is. Of a number that the register lacks, `nature`
-- is what its prefix says for certain: GB, GB/T, DB; Q/ and T/ only where a page cites that number alone and
-- writes the slash, as QB/T of an industry and Q/BT of an enterprise are the same letters.
WITH on_offer AS (
  SELECT l.standard_no AS text, COALESCE(l.platform_code, s.platform_code, 'unknown') AS platform_code
  FROM silver_listing AS l
  LEFT JOIN silver_shop AS s ON l.shop_id = s.shop_id
  WHERE l.standard_no IS NOT NULL AND COALESCE(COALESCE(l.listed_on, s.opened_on) <= :as_of, TRUE)
    AND COALESCE(LEAST(l.delisted_on, s.closed_on) >= :as_of, TRUE)
),
texts AS (
  SELECT text, platform_code, COUNT(*) AS n FROM on_offer GROUP BY text, platform_code
),
alone AS (
  SELECT text FROM gold_cited_number GROUP BY text HAVING COUNT(*) = 1
),
numbers AS (
  SELECT c.number, CAST(SUM(t.n) AS BIGINT) AS n_listings, COUNT(DISTINCT t.text) AS n_texts,
    COUNT(DISTINCT t.platform_code) AS n_platforms,
    COUNT(CASE WHEN a.text IS NOT NULL AND UPPER(t.text) RLIKE '^[^A-ZＡ-Ｚ]*[QＱｑ] *[/／]' THEN 1 END) > 0
      AS of_enterprise,
    COUNT(CASE WHEN a.text IS NOT NULL AND UPPER(t.text) RLIKE '^[^A-ZＡ-Ｚ]*[TＴｔ] *[/／]' THEN 1 END) > 0
      AS of_group
  FROM texts AS t
  JOIN gold_cited_number AS c ON t.text = c.text
  LEFT JOIN alone AS a ON t.text = a.text
  GROUP BY c.number
),
-- What a number may mean: the edition of that number; without a year, any edition of the standard.
meant AS (
  SELECT number AS cited, standard_no, status, nature, valid_from, valid_to, current_no
  FROM gold_standard_edition
  UNION ALL
  SELECT stem AS cited, standard_no, status, nature, valid_from, valid_to, current_no
  FROM gold_standard_edition
  WHERE stem <> number
),
ranked AS (
  SELECT cited, standard_no, status, nature, valid_from, valid_to, current_no,
    ROW_NUMBER() OVER (PARTITION BY cited ORDER BY CASE status
      WHEN 'valid' THEN 0 WHEN 'transition' THEN 1 WHEN 'upcoming' THEN 2 WHEN 'superseded' THEN 3 ELSE 4 END,
      COALESCE(valid_from, CAST('1900-01-01' AS DATE)) DESC, standard_no) AS place
  FROM meant
),
stems AS (
  SELECT DISTINCT stem FROM gold_standard_edition
)
SELECT n.number, r.standard_no,
  CASE WHEN r.cited IS NOT NULL THEN r.status WHEN s.stem IS NOT NULL THEN 'unknown_edition'
    ELSE 'unknown' END AS status,
  n.number RLIKE '-[0-9]{4}$' AS dated,
  CASE WHEN r.cited IS NOT NULL THEN r.nature
    WHEN n.number RLIKE '^GB[0-9]' THEN 'mandatory' WHEN n.number RLIKE '^GBT[0-9]' THEN 'recommended'
    WHEN n.number RLIKE '^DB[0-9]' THEN 'local' WHEN n.of_enterprise THEN 'enterprise'
    WHEN n.of_group THEN 'group' ELSE 'unclear' END AS nature,
  CASE WHEN r.status = 'upcoming' THEN r.valid_from
    WHEN r.status IN ('superseded', 'withdrawn') THEN CAST(DATE_ADD(r.valid_to, 1) AS DATE) END AS since,
  CASE WHEN r.status IN ('upcoming', 'superseded', 'withdrawn') THEN r.current_no END AS current_no,
  n.n_listings, n.n_texts, n.n_platforms
FROM numbers AS n
LEFT JOIN ranked AS r ON n.number = r.cited AND r.place = 1
LEFT JOIN stems AS s ON REGEXP_REPLACE(n.number, '-[0-9]{4}$', '') = s.stem
