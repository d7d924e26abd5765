-- What became of each restriction of a shop: when the platform learned of it, acknowledged it and acted, and what the
-- shop sold meanwhile. One row per row of gold.joint_restriction.
--
-- Acknowledged: by the platform's silver.acknowledgement that names the notice and does not refuse it, by its own
-- acknowledgement of the shop, or by a ban. Acted: a ban of the shop, or of its operator on that platform, from the
-- first day of the restriction on. Ban open: one that has not ended by the day of the run; once the restriction is
-- lifted it has to be, unless another restriction of the shop is in effect.
-- Sold: order lines after the first day of the restriction, before it ended, up to the day of the run. On offer: listings
-- not delisted, of a shop that is not closed. Whether the shop may sell at all is `stops_sales`.
WITH restricted AS (
  SELECT basis, basis_id, shop_id, notice_id, platform_code, operator_id, state, measure, stops_sales, starts_on,
    ended_on
  FROM gold_joint_restriction
),
held AS (
  SELECT DISTINCT shop_id, TRUE AS is_held
  FROM restricted
  WHERE state = 'in_effect'
),
answers AS (
  SELECT r.notice_id, MIN(a.acknowledged_on) AS acknowledged_on
  FROM (SELECT DISTINCT notice_id, platform_code FROM restricted) AS r
  INNER JOIN silver_acknowledgement AS a
    ON a.item_id = r.notice_id
    -- This is answered_by.gives_by_code_sql (definitions.md#answers).
    AND LOWER(TRIM(COALESCE(NULLIF(TRIM(a.recipient_code), ''), a.recipient)))
      IN (LOWER(r.platform_code), CONCAT('platform_', LOWER(r.platform_code)))
  WHERE COALESCE(a.status, '') <> 'refused'
  GROUP BY r.notice_id
),
-- Two joins by equality: one join by either condition would compare every restriction with every measure.
aimed AS (
  SELECT r.basis, r.basis_id, r.shop_id, r.starts_on, r.operator_id, c.kind, c.learned_on, c.happened_on, c.ended_on,
    c.operator_uscc
  FROM restricted AS r INNER JOIN silver_platform_control AS c ON c.shop_id = r.shop_id
  UNION ALL
  SELECT r.basis, r.basis_id, r.shop_id, r.starts_on, r.operator_id, c.kind, c.learned_on, c.happened_on, c.ended_on,
    c.operator_uscc
  FROM restricted AS r
  INNER JOIN silver_platform_control AS c
    ON c.shop_id IS NULL AND c.platform_code = r.platform_code AND c.operator_uscc = r.operator_id
),
measures AS (
  SELECT
    basis, basis_id, shop_id,
    MIN(LEAST(COALESCE(learned_on, happened_on), happened_on)) AS learned_on,
    MIN(happened_on) AS answered_on,
    MIN(CASE WHEN kind = 'ban' THEN happened_on END) AS acted_on,
    MAX(CASE WHEN kind = 'ban' AND (ended_on IS NULL OR ended_on > CAST(:as_of AS DATE)) THEN 1 ELSE 0 END) AS open_bans
  FROM aimed
  WHERE happened_on >= starts_on AND happened_on <= CAST(:as_of AS DATE)
    AND (kind = 'ban' OR (kind = 'acknowledgement' AND operator_uscc = operator_id))
  GROUP BY basis, basis_id, shop_id
),
sold AS (
  SELECT r.basis, r.basis_id, r.shop_id, CAST(SUM(t.n_order_lines) AS BIGINT) AS n_order_lines,
    MAX(t.day) AS last_ordered_on
  FROM restricted AS r
  INNER JOIN gold_restricted_trade AS t
    ON t.shop_id = r.shop_id AND t.n_order_lines > 0 AND t.day > r.starts_on AND t.day <= CAST(:as_of AS DATE)
    AND (r.ended_on IS NULL OR t.day < r.ended_on)
  GROUP BY r.basis, r.basis_id, r.shop_id
),
offered AS (
  SELECT shop_id,
    CAST(MAX(n_listings) - SUM(CASE WHEN day <= CAST(:as_of AS DATE) THEN n_delisted ELSE 0 END) AS BIGINT)
      AS n_listings
  FROM gold_restricted_trade
  WHERE closed_on IS NULL OR closed_on > CAST(:as_of AS DATE)
  GROUP BY shop_id
)
SELECT
  r.basis, r.basis_id, r.shop_id, r.notice_id, r.platform_code, r.state, r.measure, r.stops_sales, r.starts_on,
  r.ended_on,
  CASE
    WHEN a.acknowledged_on IS NULL THEN m.learned_on
    WHEN m.learned_on IS NULL THEN a.acknowledged_on
    ELSE LEAST(a.acknowledged_on, m.learned_on)
  END AS learned_on,
  CASE
    WHEN a.acknowledged_on IS NULL THEN m.answered_on
    WHEN m.answered_on IS NULL THEN a.acknowledged_on
    ELSE LEAST(a.acknowledged_on, m.answered_on)
  END AS acknowledged_on,
  m.acted_on,
  COALESCE(m.open_bans, 0) > 0 AND (r.state = 'in_effect' OR h.is_held IS NULL) AS ban_open,
  COALESCE(s.n_order_lines, 0) AS n_order_lines,
  s.last_ordered_on,
  COALESCE(o.n_listings, 0) AS n_listings
FROM restricted AS r
LEFT JOIN answers AS a ON r.notice_id = a.notice_id
LEFT JOIN measures AS m ON r.basis = m.basis AND r.basis_id = m.basis_id AND r.shop_id = m.shop_id
LEFT JOIN sold AS s ON r.basis = s.basis AND r.basis_id = s.basis_id AND r.shop_id = s.shop_id
LEFT JOIN offered AS o ON r.shop_id = o.shop_id
LEFT JOIN held AS h ON r.shop_id = h.shop_id
