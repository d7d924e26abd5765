-- The numbers of standards in what listings cite and the register writes, in one form: one row per text and
-- number, so that a citation finds its standard (definitions.md#succession).
--
-- Capitals, no full-width forms, one kind of dash, one separator, and nothing else (spaces, the slash of
-- GB/T, titles, other words). A piece without a digit or of fewer than three characters is no number and left
-- out: a class of goods (B类) or a grade (B1级). The same as `citations` of
-- jobs/marts/standards/designations.py.
WITH texts AS (
  SELECT standard_no AS text FROM silver_listing WHERE standard_no IS NOT NULL
  UNION
  SELECT standard_no AS text FROM silver_standard
),
bare_texts AS (
  SELECT text, REGEXP_REPLACE(TRANSLATE(text,
    CONCAT('abcdefghijklmnopqrstuvwxyzａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
      'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ０１２３４５６７８９．－—–―‐‑‒−﹣；，,、\n'),
    CONCAT('ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.---------;;;;;')), '[^A-Z0-9.;-]', '') AS bare
  FROM texts
),
-- A year and letters behind it: the next number begins without a separator, and one is put there.
pieces AS (
  SELECT text, EXPLODE(SPLIT(CASE WHEN bare RLIKE '-[0-9]{4}[A-Z]'
    THEN ARRAY_JOIN(TRANSFORM(SEQUENCE(1, LENGTH(bare)), place -> CONCAT(SUBSTRING(bare, place, 1),
      CASE WHEN SUBSTRING(CONCAT('    ', bare), place, 6) RLIKE '^-[0-9]{4}[A-Z]$' THEN ';' ELSE '' END)), '')
    ELSE bare END, ';')) AS number
  FROM bare_texts
)
SELECT DISTINCT text, number
FROM pieces
WHERE number RLIKE '[0-9]' AND LENGTH(number) >= 3
