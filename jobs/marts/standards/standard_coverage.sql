-- gold.standard_coverage: listings on offer, the standards that they cite and the certificates that they owe,
-- month by month, from January of the year before to the month of `:as_of`, which is the last day of a month:
-- the contract's depends_on_day is month. One row per month,
-- platform, category and province of the shop; every count adds up over any cells of one month.
--
-- A listing counts in each month in which it was on offer on some day: from its first day (without one, its
-- shop's; without either, in all months, as gold.cited_standard takes it to be on offer) to the day on which it
-- or its shop left, at most `:as_of`. Standards and certificates are seen
-- on the month's last day. A listing's platform is its own, else its
-- shop's; its province is the highest region above its shop's, a code beside the reference as itself; what
-- not known is `unknown`.
--
-- Counts of standards are listings, each in one state: a text that cites several standards is as good as the
-- worst of those that the register knows; a number without a year cites the valid edition, and else the
-- best one there is. Counts of certificates are duties, as a listing may owe several: how far each is met.
--
-- Months are bits of a number, so that no listing is multiplied by the months that it was on offer: the first
-- month of the table is bit 0, that of a day is bit (year - year of the night) * 12 + month + 11. Listings
-- are counted by cell, text and bits first; only those few rows are spread over the months, in the end.
WITH months AS (
  SELECT CAST(month AS DATE) AS month, LEAST(LAST_DAY(month), :as_of) AS day,
    SHIFTLEFT(CAST(1 AS BIGINT), CAST((YEAR(month) - YEAR(:as_of)) * 12 + MONTH(month) + 11 AS INT)) AS bit
  FROM (
    SELECT EXPLODE(SEQUENCE(MAKE_DATE(YEAR(:as_of) - 1, 1, 1), :as_of, INTERVAL 1 MONTH)) AS month
  ) AS starts
),
-- The highest region above each.
provinces AS (
  SELECT r.region_code, COALESCE(p.parent_code, r.parent_code, r.region_code) AS province_code
  FROM silver_region AS r
  LEFT JOIN silver_region AS p ON r.parent_code = p.region_code
),
listed AS (
  SELECT COALESCE(l.platform_code, s.platform_code, 'unknown') AS platform_code,
    COALESCE(l.category_code, 'unknown') AS category_code,
    COALESCE(p.province_code, s.region_code, 'unknown') AS province_code, l.standard_no, l.certificate_no,
    COALESCE(l.listed_on, s.opened_on) AS first_day, LEAST(l.delisted_on, s.closed_on, :as_of) AS last_day
  FROM silver_listing AS l
  LEFT JOIN silver_shop AS s ON l.shop_id = s.shop_id
  LEFT JOIN provinces AS p ON s.region_code = p.region_code
),
-- `live`: the months in which a listing was on offer.
on_offer AS (
  SELECT platform_code, category_code, province_code, standard_no, certificate_no,
    SHIFTLEFT(CAST(1 AS BIGINT), CAST((YEAR(last_day) - YEAR(:as_of)) * 12 + MONTH(last_day) + 12 AS INT))
      - SHIFTLEFT(CAST(1 AS BIGINT),
        CAST(GREATEST(COALESCE((YEAR(first_day) - YEAR(:as_of)) * 12 + MONTH(first_day) + 11, 0), 0) AS INT))
      AS live
  FROM listed
  WHERE COALESCE(first_day <= last_day, TRUE) AND last_day >= MAKE_DATE(YEAR(:as_of) - 1, 1, 1)
),

-- Standards, by the numbers that texts cite. An edition without a status that another replaces is superseded.
editions AS (
  SELECT c.number, COALESCE(s.status, CASE WHEN SIZE(s.superseded_by) > 0 THEN 'superseded' END) AS status,
    s.valid_from, s.valid_to, COALESCE(SIZE(s.superseded_by) > 0, FALSE) AS replaced
  FROM silver_standard AS s
  JOIN gold_cited_number AS c ON s.standard_no = c.text
),
named AS (
  SELECT number, status, valid_from, valid_to, replaced FROM editions
  UNION ALL
  SELECT REGEXP_REPLACE(number, '-[0-9]{4}$', ''), status, valid_from, valid_to, replaced FROM editions
),
-- The state of an edition on a day, by its own days; where it has none, by what its source calls it. From the
-- best to the worst: 0 valid, 1 upcoming, 2 superseded, 3 withdrawn.
edition_states AS (
  SELECT n.number, m.bit, CASE
    WHEN COALESCE(n.valid_from > m.day, n.status = 'upcoming', FALSE) THEN 1
    WHEN NOT COALESCE(n.valid_to < m.day, n.status IN ('superseded', 'withdrawn'), FALSE) THEN 0
    WHEN n.status = 'withdrawn' THEN 3
    WHEN n.status = 'superseded' OR n.replaced THEN 2
    ELSE 3 END AS state
  FROM named AS n
  CROSS JOIN months AS m
),
number_states AS (
  SELECT number, bit, MIN(state) AS state FROM edition_states GROUP BY number, bit
),
text_states AS (
  SELECT c.text, s.bit, MAX(s.state) AS state
  FROM gold_cited_number AS c
  JOIN number_states AS s ON c.number = s.number
  GROUP BY c.text, s.bit
),
text_months AS (
  SELECT text,
    CAST(SUM(CASE WHEN state = 0 THEN bit ELSE 0 END) AS BIGINT) AS cites_valid,
    CAST(SUM(CASE WHEN state = 1 THEN bit ELSE 0 END) AS BIGINT) AS upcoming,
    CAST(SUM(CASE WHEN state = 2 THEN bit ELSE 0 END) AS BIGINT) AS superseded,
    CAST(SUM(CASE WHEN state = 3 THEN bit ELSE 0 END) AS BIGINT) AS withdrawn
  FROM text_states
  GROUP BY text
),
goods AS (
  SELECT platform_code, category_code, province_code, standard_no, live, COUNT(*) AS n
  FROM on_offer
  GROUP BY platform_code, category_code, province_code, standard_no, live
),

-- Certificates. A category with itself and those above it.
category_paths AS (
  SELECT category_code, category_code AS above FROM silver_product_category
  UNION
  SELECT category_code, parent_code FROM silver_product_category WHERE parent_code IS NOT NULL
  UNION
  SELECT c.category_code, p.parent_code
  FROM silver_product_category AS c
  JOIN silver_product_category AS p ON c.parent_code = p.category_code
  WHERE p.parent_code IS NOT NULL
),
-- What goods of a category and of those below it must have. Any certificate of a requirement meets it.
wanted AS (
  SELECT EXPLODE(category_codes) AS above, certificate_type, requirement, valid_from, valid_to
  FROM silver_certificate_type
  WHERE mandatory AND requirement IS NOT NULL
),
-- The months in which a kind of certificate is for some goods of a category alone, or of one above it.
scoped AS (
  SELECT p.category_code, s.certificate_type, BIT_OR(m.bit) AS months
  FROM silver_certificate_scope AS s
  JOIN category_paths AS p ON s.category_code = p.above
  JOIN months AS m ON COALESCE(s.valid_from <= m.day, TRUE) AND COALESCE(s.valid_to >= m.day, TRUE)
  GROUP BY p.category_code, s.certificate_type
),
filed AS (
  SELECT DISTINCT certificate_type FROM silver_certificate
),
-- One row per category and requirement, with the months in which a kind of certificate that meets it must be
-- had. Months in which it is for some goods alone are left out, as a listing does not say whether it is one of
-- these. `checkable`: the register holds certificates of it at all; where no body has filed any, that a
-- listing has none of them cannot be judged.
duties AS (
  SELECT p.category_code, w.requirement, BIT_OR(m.bit) AS months, COUNT(f.certificate_type) > 0 AS checkable
  FROM category_paths AS p
  JOIN wanted AS w ON p.above = w.above
  JOIN months AS m ON COALESCE(w.valid_from <= m.day, TRUE) AND COALESCE(w.valid_to >= m.day, TRUE)
  LEFT JOIN scoped AS s ON p.category_code = s.category_code AND w.certificate_type = s.certificate_type
  LEFT JOIN filed AS f ON w.certificate_type = f.certificate_type
  WHERE (COALESCE(s.months, 0) & m.bit) = 0
  GROUP BY p.category_code, w.requirement
),
-- A certificate holds from the day of issue to that of expiry, and before the day on which it was suspended
-- or withdrawn; where that day is not stated, never. Numbers are compared without blanks, small letters as
-- capitals.
certificate_days AS (
  SELECT TRANSLATE(REGEXP_REPLACE(c.certificate_no, r'[\t-\r ]', ''),
      'abcdefghijklmnopqrstuvwxyzａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ') AS number,
    t.requirement, c.category_code, c.issued_on,
    LEAST(c.expires_on, CASE WHEN c.status IN ('suspended', 'withdrawn', 'expired')
      THEN COALESCE(DATE_SUB(c.status_on, 1), CAST('1900-01-01' AS DATE)) END) AS last_day
  FROM silver_certificate AS c
  LEFT JOIN silver_certificate_type AS t ON c.certificate_type = t.certificate_type
),
certificate_bits AS (
  SELECT number, requirement, category_code,
    CASE WHEN issued_on > :as_of THEN 12 + MONTH(:as_of)
      ELSE GREATEST(COALESCE((YEAR(issued_on) - YEAR(:as_of)) * 12 + MONTH(issued_on) + 11, 0), 0) END AS low,
    CASE WHEN COALESCE(last_day >= :as_of, TRUE) THEN 11 + MONTH(:as_of)
      ELSE (YEAR(DATE_ADD(last_day, 1)) - YEAR(:as_of)) * 12 + MONTH(DATE_ADD(last_day, 1)) + 10 END AS high
  FROM certificate_days
),
register AS (
  SELECT number, requirement, category_code,
    SHIFTLEFT(CAST(1 AS BIGINT), CAST(GREATEST(high + 1, low) AS INT))
      - SHIFTLEFT(CAST(1 AS BIGINT), CAST(low AS INT)) AS holds
  FROM certificate_bits
),
-- The numbers of a text that states certificates.
stated_texts AS (
  SELECT DISTINCT certificate_no, COALESCE(category_code, 'unknown') AS category_code
  FROM silver_listing
  WHERE certificate_no IS NOT NULL
),
pieces AS (
  SELECT certificate_no, EXPLODE(SPLIT(TRANSLATE(certificate_no, '；，,、\n', ';;;;;'), ';')) AS piece
  FROM (SELECT DISTINCT certificate_no FROM stated_texts) AS distinct_texts
),
stated AS (
  SELECT DISTINCT certificate_no, TRANSLATE(REGEXP_REPLACE(piece, r'[\t-\r ]', ''),
      'abcdefghijklmnopqrstuvwxyzａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ') AS number
  FROM pieces
),
known AS (
  SELECT s.certificate_no, r.requirement, r.category_code, r.holds
  FROM stated AS s
  JOIN register AS r ON s.number = r.number
  WHERE s.number <> ''
),
known_texts AS (
  SELECT DISTINCT certificate_no FROM known
),
-- The months in which a text meets a requirement for goods of a category: one of its certificates is of that
-- requirement, for the category or one above it or for any goods, and holds.
met AS (
  SELECT k.certificate_no, t.category_code, k.requirement, BIT_OR(k.holds) AS months
  FROM known AS k
  JOIN stated_texts AS t ON k.certificate_no = t.certificate_no
  LEFT JOIN category_paths AS p ON t.category_code = p.category_code AND k.category_code = p.above
  WHERE k.category_code IS NULL OR p.above IS NOT NULL
  GROUP BY k.certificate_no, t.category_code, k.requirement
),

owing AS (
  SELECT platform_code, category_code, province_code, certificate_no, live, COUNT(*) AS n
  FROM on_offer
  GROUP BY platform_code, category_code, province_code, certificate_no, live
),
owed AS (
  SELECT o.platform_code, o.category_code, o.province_code, o.n, o.live & d.months AS due,
    CASE WHEN NOT d.checkable THEN 0 WHEN o.certificate_no IS NULL THEN 1
      WHEN k.certificate_no IS NULL THEN 2 ELSE 3 END AS step,
    CASE WHEN d.checkable THEN COALESCE(met.months, 0) ELSE 0 END AS met
  FROM owing AS o
  JOIN duties AS d ON o.category_code = d.category_code
  LEFT JOIN known_texts AS k ON o.certificate_no = k.certificate_no
  LEFT JOIN met
    ON o.certificate_no = met.certificate_no AND o.category_code = met.category_code
    AND d.requirement = met.requirement
),

-- What is counted, in which months: listings (`listed`) and how far they cite, duties (`due`) and how far
-- they are met.
counts AS (
  SELECT g.platform_code, g.category_code, g.province_code, g.n, g.live AS listed,
    CASE WHEN g.standard_no IS NULL THEN 0 ELSE g.live END AS citing,
    g.live & COALESCE(t.cites_valid, 0) AS cites_valid, g.live & COALESCE(t.upcoming, 0) AS upcoming,
    g.live & COALESCE(t.superseded, 0) AS superseded, g.live & COALESCE(t.withdrawn, 0) AS withdrawn,
    0 AS due, 0 AS checkable, 0 AS stated, 0 AS known, 0 AS valid
  FROM goods AS g
  LEFT JOIN text_months AS t ON g.standard_no = t.text
  UNION ALL
  SELECT platform_code, category_code, province_code, n, 0, 0, 0, 0, 0, 0, due,
    CASE WHEN step >= 1 THEN due ELSE 0 END, CASE WHEN step >= 2 THEN due ELSE 0 END,
    CASE WHEN step >= 3 THEN due ELSE 0 END, due & met
  FROM owed
),
summed AS (
  SELECT platform_code, category_code, province_code, listed, citing, cites_valid, upcoming, superseded,
    withdrawn, due, checkable, stated, known, valid, SUM(n) AS n
  FROM counts
  GROUP BY platform_code, category_code, province_code, listed, citing, cites_valid, upcoming, superseded,
    withdrawn, due, checkable, stated, known, valid
)
SELECT m.month, s.platform_code, s.category_code, s.province_code,
  CAST(SUM(CASE WHEN (s.listed & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_listings,
  CAST(SUM(CASE WHEN (s.citing & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_citing,
  CAST(SUM(CASE WHEN ((s.cites_valid | s.upcoming | s.superseded | s.withdrawn) & m.bit) <> 0
    THEN s.n ELSE 0 END) AS BIGINT) AS n_standard_known,
  CAST(SUM(CASE WHEN (s.cites_valid & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_standard_valid,
  CAST(SUM(CASE WHEN (s.upcoming & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_standard_upcoming,
  CAST(SUM(CASE WHEN (s.superseded & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_standard_superseded,
  CAST(SUM(CASE WHEN (s.withdrawn & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_standard_withdrawn,
  CAST(SUM(CASE WHEN (s.due & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_certificate_due,
  CAST(SUM(CASE WHEN (s.checkable & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_certificate_checkable,
  CAST(SUM(CASE WHEN (s.stated & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_certificate_stated,
  CAST(SUM(CASE WHEN (s.known & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_certificate_known,
  CAST(SUM(CASE WHEN (s.valid & m.bit) <> 0 THEN s.n ELSE 0 END) AS BIGINT) AS n_certificate_valid
FROM summed AS s
JOIN months AS m ON ((s.listed | s.due) & m.bit) <> 0
GROUP BY m.month, s.platform_code, s.category_code, s.province_code
