-- The shops that a restriction reaches or has reached, and since when. One row per shop of gold.joint_restriction.
--
-- The state of a restriction changes with the day, which shops there are seldom does: what counts their trade is
-- built anew only where this table has other rows.
SELECT shop_id, MIN(starts_on) AS starts_on
FROM gold_joint_restriction
GROUP BY shop_id
