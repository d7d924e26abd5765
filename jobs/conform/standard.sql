-- Standards and what replaces what: one row per standard and edition. The accepted rows, completed from each
-- other.
--
-- One edition's `supersedes` is the other's `superseded_by`, whichever of the two says so. A list holds what
-- the source states, in its order, then in the order of the numbers what only the other editions say; each
-- number once; it is null where there is none. That an edition replaces itself is a slip and implies nothing.
-- valid_to: of an edition whose source states none and calls it superseded, or nothing at all, the day before
-- the first of its successors holds, flagged `valid_to_by_successor`. An edition that its source calls in
-- force may hold beside its successor for a while, so it is left alone.
WITH stated AS (  -- each number of a list, with its place there
  SELECT
    s.standard_no, 'supersedes' AS list, item.number, ARRAY_POSITION(s.supersedes, item.number) AS place
  FROM bronze_standard AS s LATERAL VIEW EXPLODE(s.supersedes) item AS number
  WHERE item.number IS NOT NULL
  UNION ALL
  SELECT
    s.standard_no, 'superseded_by' AS list, item.number, ARRAY_POSITION(s.superseded_by, item.number) AS place
  FROM bronze_standard AS s LATERAL VIEW EXPLODE(s.superseded_by) item AS number
  WHERE item.number IS NOT NULL
),
replacements AS (
  SELECT standard_no AS newer, number AS older
  FROM stated
  WHERE list = 'supersedes' AND number <> standard_no
  UNION
  SELECT number AS newer, standard_no AS older
  FROM stated
  WHERE list = 'superseded_by' AND number <> standard_no
),
listed AS (  -- what the source states at its place, what others say behind all places
  SELECT standard_no, list, number, place FROM stated
  UNION ALL
  SELECT newer AS standard_no, 'supersedes' AS list, older AS number, 2147483647 AS place FROM replacements
  UNION ALL
  SELECT older AS standard_no, 'superseded_by' AS list, newer AS number, 2147483647 AS place FROM replacements
),
once AS (
  SELECT standard_no, list, number, MIN(place) AS place
  FROM listed
  GROUP BY standard_no, list, number
),
lists AS (
  SELECT
    standard_no, list,
    TRANSFORM(
      ARRAY_SORT(COLLECT_LIST(NAMED_STRUCT('place', place, 'number', number))), item -> item.number
    ) AS numbers
  FROM once
  GROUP BY standard_no, list
),
successors AS (
  SELECT r.older AS standard_no, MIN(s.valid_from) AS first_from
  FROM replacements AS r
  JOIN bronze_standard AS s ON r.newer = s.standard_no
  GROUP BY r.older
),
ended AS (  -- editions that end where a successor begins
  SELECT s.standard_no, CAST(DATE_SUB(n.first_from, 1) AS DATE) AS last_day
  FROM bronze_standard AS s
  JOIN successors AS n ON s.standard_no = n.standard_no
  WHERE s.valid_to IS NULL AND COALESCE(s.status, 'superseded') = 'superseded' AND n.first_from IS NOT NULL
)
SELECT
  s.standard_no, s.name_zh, s.name_en, s.kind, s.mandatory, s.status, s.published_on, s.valid_from,
  COALESCE(s.valid_to, e.last_day) AS valid_to, older.numbers AS supersedes, newer.numbers AS superseded_by,
  CASE
    WHEN e.last_day IS NULL THEN s._flags ELSE CONCAT(s._flags, ARRAY('valid_to_by_successor'))
  END AS _flags,
  s._ended_on, s._source, s._load_key, s._record, s._jurisdiction, s._currency
FROM bronze_standard AS s
LEFT JOIN ended AS e ON s.standard_no = e.standard_no
LEFT JOIN lists AS older ON s.standard_no = older.standard_no AND older.list = 'supersedes'
LEFT JOIN lists AS newer ON s.standard_no = newer.standard_no AND newer.list = 'superseded_by'
