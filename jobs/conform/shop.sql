-- Shops on platforms: one row per shop. The accepted rows, with the operators under whom their platform filed
-- them before.
--
-- former_operators: of each code, verified by the platform or not, that a valid row of the shop gave and the
-- accepted one does not: `code/yes|no/day`, the day being the first on which the shop was filed otherwise after
-- the code was filed last; of a natural person without a code `N-…/no/day`, the id by which tables know a
-- person (jobs.conform.linkage.deterministic.person_id), made of the pseudonym. Where deliveries of the same
-- day say both, it is the day on which the other one was received; and of what was delivered and received on
-- one day only the filing that stands counts: one that was put right before a night ran reached no one. Rows
-- of files that were replaced on a later day count: what they said reached platforms. Rows of another
-- jurisdiction than the accepted one do not. Null where there is none.
WITH given AS (
  SELECT shop_id, _jurisdiction,
    COALESCE(operator_uscc, CASE WHEN operator_type = 'natural_person'
      THEN CONCAT('N-', SUBSTRING(SHA2(CONCAT('person:', operator_ref), 256), 1, 24)) END) AS code,
    operator_uscc IS NOT NULL AND COALESCE(licence_verified, FALSE) AS verified,
    COALESCE(_delivered_on, _received_on) AS day, _received_on AS received,
    COALESCE(_place, 1000000000) AS place
  FROM filed_shop
),
stood AS (
  SELECT shop_id, _jurisdiction, code, verified, day, received
  FROM (
    SELECT g.*, MIN(place) OVER (PARTITION BY shop_id, _jurisdiction, day, received) AS best FROM given AS g
  ) AS ranked
  WHERE place = best
),
now AS (
  SELECT shop_id, _jurisdiction,
    COALESCE(operator_uscc, CASE WHEN operator_type = 'natural_person'
      THEN CONCAT('N-', SUBSTRING(SHA2(CONCAT('person:', operator_ref), 256), 1, 24)) END, '') AS code,
    operator_uscc IS NOT NULL AND COALESCE(licence_verified, FALSE) AS verified
  FROM bronze_shop
),
last_given AS (
  SELECT g.shop_id, g._jurisdiction, g.code, g.verified, MAX(g.day) AS day, MAX(g.received) AS received
  FROM stood AS g
  JOIN now AS n ON g.shop_id = n.shop_id AND g._jurisdiction = n._jurisdiction
  WHERE g.code IS NOT NULL AND (g.code <> n.code OR g.verified <> n.verified)
  GROUP BY g.shop_id, g._jurisdiction, g.code, g.verified
),
ended AS (
  SELECT l.shop_id, l.code, l.verified,
    COALESCE(
      MIN(CASE WHEN o.day = l.day AND o.received >= l.received THEN o.received END),
      MIN(CASE WHEN o.day > l.day THEN o.day END),
      MAX(o.received)
    ) AS ended_on
  FROM last_given AS l
  JOIN stood AS o
    ON l.shop_id = o.shop_id AND l._jurisdiction = o._jurisdiction
    AND (COALESCE(o.code, '') <> l.code OR o.verified <> l.verified)
  GROUP BY l.shop_id, l.code, l.verified
),
former AS (
  SELECT shop_id,
    ARRAY_SORT(COLLECT_LIST(CONCAT(
      code, '/', CASE WHEN verified THEN 'yes' ELSE 'no' END, '/', CAST(ended_on AS STRING)
    ))) AS former_operators
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
