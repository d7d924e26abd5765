-- Shops on platforms: one row per shop. The accepted rows, with the operators under whom their platform filed
-- them before.
--
-- former_operators: of each code, verified by the platform or not, that a valid row of the shop gave and
-- the accepted one does not: `code/yes|no/day`, the day being the first on which the shop was filed
-- otherwise after the code was filed last; of a natural person without a valid code `N-…/no/day`, the id by
-- which tables know a person (jobs.conform.linkage.deterministic.person_id), made of the pseudonym. A person
-- with a valid code, who is linked by the identity once an official denies the code, stands beside it as
-- `N-…/code/day`. Codes are those that jobs.conform.linkage.uscc.checked takes, in its spelling: what else
-- was filed in their place may identify a person, and is kept nowhere here. Where deliveries of the same day
-- say both, it is the day on which the other one was received. Of what was delivered on one day and taken in
-- by one landing only the filing that stands last counts: no run saw the others. What an earlier landing of
-- the same day took in counts: a run after it may have sent what it said.
-- Rows of files that were replaced by a later landing count: what they said reached platforms. Rows of
-- another jurisdiction than the accepted one do not. Null where there is none.
WITH spelled AS (
  SELECT *, '0123456789ABCDEFGHJKLMNPQRTUWXY' AS a, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ' AS b,
    TRANSLATE(UPPER(operator_uscc), '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ -‐‑‒–—―　',
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS text
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
  FROM spelled
),
coded AS (
  SELECT *,
    CASE WHEN LENGTH(text) = 18 AND TRANSLATE(text, a, '') = ''
      AND TRANSLATE(SUBSTRING(text, 3, 6), '0123456789', '') = '' AND of_whole % 31 = 0
      AND INSTR('0123456789X', SUBSTRING(text, 17, 1)) > 0 AND of_organisation % 11 = 0 THEN text END AS uscc
  FROM summed
),
named AS (
  SELECT shop_id, _jurisdiction, uscc, COALESCE(licence_verified, FALSE) AS verified, _landed_at AS landed,
    CASE WHEN operator_type = 'natural_person'
      THEN CONCAT('N-', SUBSTRING(SHA2(CONCAT('person:', operator_ref), 256), 1, 24)) END AS person,
    COALESCE(_delivered_on, _received_on) AS day, _received_on AS received,
    COALESCE(_place, 1000000000) AS place
  FROM coded
),
given AS (
  SELECT shop_id, _jurisdiction, 'operator' AS part, COALESCE(uscc, person, '') AS code,
    CASE WHEN uscc IS NOT NULL AND verified THEN 'yes' ELSE 'no' END AS mark, day, received, landed, place
  FROM named
  UNION ALL
  SELECT shop_id, _jurisdiction, 'person' AS part, CASE WHEN uscc IS NOT NULL AND person IS NOT NULL
    THEN person ELSE '' END AS code, COALESCE(uscc, '') AS mark, day, received, landed, place
  FROM named
),
stood AS (
  SELECT shop_id, _jurisdiction, part, code, mark, day, received, landed,
    MAX(day) OVER (PARTITION BY shop_id, _jurisdiction, part, code, mark) AS last_day
  FROM (
    SELECT g.*, MIN(place) OVER (PARTITION BY shop_id, _jurisdiction, day, landed) AS best FROM given AS g
  ) AS ranked
  WHERE place = best
),
now AS (
  SELECT shop_id, _jurisdiction, part, code, mark FROM given WHERE place = 1
),
last_given AS (
  SELECT g.shop_id, g._jurisdiction, g.part, g.code, g.mark, g.day, MAX(g.landed) AS landed
  FROM stood AS g
  JOIN now AS n ON g.shop_id = n.shop_id AND g._jurisdiction = n._jurisdiction AND g.part = n.part
  WHERE g.day = g.last_day AND g.code <> '' AND (g.code <> n.code OR g.mark <> n.mark)
  GROUP BY g.shop_id, g._jurisdiction, g.part, g.code, g.mark, g.day
),
ended AS (
  SELECT l.shop_id, l.code, l.mark,
    COALESCE(
      MIN(CASE WHEN o.day = l.day AND o.landed >= l.landed THEN o.received END),
      MIN(CASE WHEN o.day > l.day THEN o.day END),
      MAX(o.received)
    ) AS ended_on
  FROM last_given AS l
  JOIN stood AS o
    ON l.shop_id = o.shop_id AND l._jurisdiction = o._jurisdiction AND l.part = o.part
    AND (o.code <> l.code OR o.mark <> l.mark)
  GROUP BY l.shop_id, l.code, l.mark
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
