-- Orders, returns and reviews of gold.shop_trade, which says what counts where, over all shops of a region: one row
-- per month, platform, category and region of the shop.
SELECT
  month, platform_code, category_code, region_code,
  CAST(SUM(n_lines) AS BIGINT) AS n_lines,
  CAST(SUM(n_orders) AS BIGINT) AS n_orders,
  CAST(SUM(quantity) AS BIGINT) AS quantity,
  CAST(SUM(amount) AS DECIMAL(28, 2)) AS amount,
  CAST(SUM(n_returned) AS BIGINT) AS n_returned,
  CAST(SUM(n_returned_quality) AS BIGINT) AS n_returned_quality,
  CAST(SUM(n_reviews) AS BIGINT) AS n_reviews,
  CAST(SUM(n_rated) AS BIGINT) AS n_rated,
  CAST(SUM(rating_sum) AS BIGINT) AS rating_sum,
  CAST(SUM(n_low_ratings) AS BIGINT) AS n_low_ratings,
  CAST(SUM(n_returned_stated) AS BIGINT) AS n_returned_stated,
  CAST(SUM(n_low_texts) AS BIGINT) AS n_low_texts,
  CAST(SUM(n_low_quality) AS BIGINT) AS n_low_quality,
  CAST(SUM(n_other_currency) AS BIGINT) AS n_other_currency
FROM gold_shop_trade
GROUP BY month, platform_code, category_code, region_code
