-- The listings that samples and confirmed reports of counterfeits name, with what each page says of its producer
-- and where its record lies in the raw files. Few of very many, so that tracing reads no more of them.
SELECT
  l.listing_id, l.platform_code, l.shop_id, l.category_code, l.brand, l.producer_name, l.producer_uscc,
  l.producer_region_code, l.listed_on, l._source AS source, l._load_key AS load_key, l._record AS record
FROM silver_listing AS l
WHERE l.listing_id IN (
  SELECT listing_id FROM silver_sample WHERE listing_id IS NOT NULL
  UNION
  SELECT listing_id FROM silver_counterfeit_report WHERE finding = 'counterfeit' AND listing_id IS NOT NULL
)
