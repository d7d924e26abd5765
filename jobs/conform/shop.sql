-- Shops on platforms: one row per shop. The accepted rows, with the operators under whom their platform filed
-- them before.
--
-- former_operators: of each code, verified by the platform or not, that a valid row of the shop gave and
-- the accepted one does not: `code/yes|no/day`, the day being that from which the shop was filed otherwise;
-- of a natural person without a valid code `N-…/no/day`, the id by which tables know a person
-- (jobs.conform.linkage.deterministic.person_id), made of the pseudonym. A person with a valid code, who is
-- linked by the identity once an official denies the code, stands beside it as `N-…/code/day`. Codes are
-- those that jobs.conform.linkage.uscc.checked takes: what else was filed in their place may identify a
-- person, and is kept nowhere here. Null where there is none.
--
-- Filings of a shop follow each other by day of delivery, then by the landing from which they counted. Of
-- one day and landing only the one that stands last is looked at: no run saw the others. A code ends with the
-- filing after the last one that gave it: on that one's day of delivery or, where both were delivered on one
-- day, on the day from which it counted. Where none follows, the accepted row comes before it by its version:
-- the code ends when another content of its file, or that row, came later, and else it never stood.
-- Rows of replaced files are filings, what they said reached platforms, and so is a content that is put back
-- or comes again. Rows of another jurisdiction than the accepted one are none of this shop.
WITH given AS (
  SELECT *, operator_uscc AS text, '0123456789ABCDEFGHJKLMNPQRTUWXY' AS a,
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ' AS b
  FROM filed_shop
),
summed AS (
  SELECT *,
    (INSTR(a, SUBSTRING(text, 1, 1)) - 1) * 1 + (INSTR(a, SUBSTRING(text, 2, 1)) - 1) * 3
    + (INSTR(a, SUBSTRING(text, 3, 1)) - 1) * 9 + (INSTR(a, SUBSTRING(text, 4, 1)) - 1) * 27
    + (INSTR(a, SUBSTRING(text, 5, 1)) - 1) * 19 + (INSTR(a, SUBSTRING(text, 6, 1)) - 1) * 26
    + (INSTR(a, SUBSTRING(text, 7, 1)) - 1) * 16 + (INSTR(a, SUBSTRING(text, 8, 1)) - 1) * 17
    + (INSTR(a, SUBSTRING(text, 9, 1)) - 1) * 20 + (INSTR(a, SUBSTRING(text, 10, 1)) - 1) * 29
    + (INSTR(a, SUBSTRING(text, 11, 1)) - 1) * 25 + (INSTR(a, SUBSTRING(text, 12, 1)) - 1) * 13
    + (INSTR(a, SUBSTRING(text, 13, 1)) - 1) * 8 + (INSTR(a, SUBSTRING(text, 14, 1)) - 1) * 24
    + (INSTR(a, SUBSTRING(text, 15, 1)) - 1) * 10 + (INSTR(a, SUBSTRING(text, 16, 1)) - 1) * 30
    + (INSTR(a, SUBSTRING(text, 17, 1)) - 1) * 28
    + INSTR(a, SUBSTRING(text, 18, 1)) - 1 AS of_whole,
    (INSTR(b, SUBSTRING(text, 9, 1)) - 1) * 3 + (INSTR(b, SUBSTRING(text, 10, 1)) - 1) * 7
    + (INSTR(b, SUBSTRING(text, 11, 1)) - 1) * 9 + (INSTR(b, SUBSTRING(text, 12, 1)) - 1) * 10
    + (INSTR(b, SUBSTRING(text, 13, 1)) - 1) * 5 + (INSTR(b, SUBSTRING(text, 14, 1)) - 1) * 8
    + (INSTR(b, SUBSTRING(text, 15, 1)) - 1) * 4 + (INSTR(b, SUBSTRING(text, 16, 1)) - 1) * 2
    + INSTR('0123456789X', SUBSTRING(text, 17, 1)) - 1 AS of_organisation
  FROM given
),
coded AS (
  SELECT *,
    CASE WHEN LENGTH(text) = 18 AND TRANSLATE(text, a, '') = ''
      AND TRANSLATE(SUBSTRING(text, 3, 6), '0123456789', '') = '' AND of_whole % 31 = 0
      AND INSTR('0123456789X', SUBSTRING(text, 17, 1)) > 0 AND of_organisation % 11 = 0 THEN text END AS uscc
  FROM summed
),
named AS (
  SELECT shop_id, _jurisdiction, uscc, COALESCE(licence_verified, FALSE) AS verified,
    CASE WHEN operator_type = 'natural_person'
      THEN CONCAT('N-', SUBSTRING(SHA2(CONCAT('person:', operator_ref), 256), 1, 24)) END AS person,
    _day AS day, _begun_on AS begun_on, _until AS until_day, _landed_at AS landed, _place AS place, _nth AS nth
  FROM (
    SELECT *, MAX(_nth) OVER (PARTITION BY shop_id, _jurisdiction, _day, _landed_at) AS last_of_landing
    FROM coded
  ) AS c
  WHERE _nth = last_of_landing
),
stood AS (
  SELECT shop_id, _jurisdiction, 'operator' AS part, COALESCE(uscc, person, '') AS code,
    CASE WHEN uscc IS NOT NULL AND verified THEN 'yes' ELSE 'no' END AS mark,
    day, begun_on, until_day, landed, place, nth
  FROM named
  UNION ALL
  SELECT shop_id, _jurisdiction, 'person' AS part,
    CASE WHEN uscc IS NOT NULL AND person IS NOT NULL THEN person ELSE '' END AS code,
    COALESCE(uscc, '') AS mark, day, begun_on, until_day, landed, place, nth
  FROM named
),
followed AS (
  SELECT *,
    MAX(nth) OVER (PARTITION BY shop_id, _jurisdiction, part, code, mark) AS last_nth,
    MIN(day) OVER (PARTITION BY shop_id, _jurisdiction, part ORDER BY nth
      ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS next_day,
    MIN(begun_on) OVER (PARTITION BY shop_id, _jurisdiction, part ORDER BY nth
      ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS next_begun_on
  FROM stood
),
ended AS (
  SELECT l.shop_id, l.code, l.mark,
    CASE WHEN l.next_day > l.day THEN l.next_day
      WHEN l.next_day IS NOT NULL THEN l.next_begun_on
      ELSE COALESCE(
        CASE WHEN l.place IS NULL THEN l.until_day END,
        MIN(CASE WHEN n.landed > l.landed THEN n.begun_on END)
      ) END AS ended_on
  FROM followed AS l
  JOIN stood AS n
    ON l.shop_id = n.shop_id AND l._jurisdiction = n._jurisdiction AND l.part = n.part AND n.place = 1
    AND (l.code <> n.code OR l.mark <> n.mark)
  WHERE l.nth = l.last_nth AND l.code <> ''
  GROUP BY l.shop_id, l.code, l.mark, l.day, l.next_day, l.next_begun_on, l.until_day, l.place
),
former AS (
  SELECT shop_id,
    ARRAY_SORT(COLLECT_LIST(CONCAT(code, '/', mark, '/', CAST(ended_on AS STRING)))) AS former_operators
  FROM ended
  WHERE ended_on IS NOT NULL
  GROUP BY shop_id
)
SELECT
  s.shop_id, s.platform_code, s.name, s.operator_name, s.operator_uscc, s.operator_type, s.operator_ref,
  s.region_code, s.address_text, s.phone_ref, s.representative_ref, s.licence_verified, s.opened_on,
  s.closed_on, f.former_operators, s._flags, s._ended_on, s._source, s._load_key, s._record, s._jurisdiction,
  s._currency
FROM bronze_shop AS s
LEFT JOIN former AS f ON s.shop_id = f.shop_id
