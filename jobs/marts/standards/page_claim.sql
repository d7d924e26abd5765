-- The standard that the page of each sampled listing claims: one row per sample whose page cites one.
--
-- Kept apart so that no table of all listings is needed to judge a few samples. The page is as last
-- delivered: what was changed on it after the purchase cannot be seen. The text is as written and may cite
-- several standards.
SELECT s.sample_id, s.listing_id, l.standard_no
FROM silver_sample AS s
JOIN silver_listing AS l ON s.listing_id = l.listing_id
WHERE l.standard_no IS NOT NULL
