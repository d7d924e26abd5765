-- gold.commerce_concentration: trade by month and by every cell in which it is shown, and in how few hands it
-- is. Confidential, never published: from it commerce_table and commerce_confidential decide what must be
-- withheld. One row per month and cell.
--
-- Cells: `table`, the province of the shop (CN: all) by category of level 1 (all: all), as in commerce_table;
-- and each unit that a rate is shown of, with category all: the nation, platforms, regions (provinces,
-- prefectures), categories of each level, industrial clusters (what is sold from their region in their
-- categories). A county counts in its prefecture and its province, a category in those above it; a code that
-- no reference shows is a unit by itself, so that its rows are not lost. Trees of references have three levels at
-- most.
--
-- n_orders and units_sold are sums of gold.shop_trade, which says what counts where; what it does not know is
-- `unknown`, so that no line is lost from a total. n_enterprises: operators of the shops that sold (one on several
-- platforms counts once), a shop whose operator is not known being one, and all lines without a shop together one.
-- largest_orders and largest_units: of whoever has most of them.
WITH
-- What each operator sold in a month, by where it counts: everything else follows from these.
sellers AS (
  SELECT t.month, t.platform_code, t.region_code, t.category_code, COALESCE(o.enterprise_id, t.shop_id) AS enterprise_id,
    SUM(t.n_orders) AS n_orders, CAST(SUM(t.units_sold) AS BIGINT) AS units_sold
  FROM gold_shop_trade AS t
  LEFT JOIN silver_shop_operator AS o ON t.shop_id = o.shop_id
  WHERE t.n_lines > 0
  GROUP BY t.month, t.platform_code, t.region_code, t.category_code, COALESCE(o.enterprise_id, t.shop_id)
),
-- Each code of a reference with itself (height 0) and with every code above it.
region_paths AS (
  SELECT region_code, region_code AS above, 0 AS height FROM silver_region
  UNION ALL
  SELECT region_code, parent_code, 1 FROM silver_region WHERE parent_code IS NOT NULL
  UNION ALL
  SELECT r.region_code, p.parent_code, 2
  FROM silver_region AS r
  JOIN silver_region AS p ON r.parent_code = p.region_code
  WHERE p.parent_code IS NOT NULL
),
category_paths AS (
  SELECT category_code, category_code AS above, 0 AS height FROM silver_product_category
  UNION ALL
  SELECT category_code, parent_code, 1 FROM silver_product_category WHERE parent_code IS NOT NULL
  UNION ALL
  SELECT c.category_code, p.parent_code, 2
  FROM silver_product_category AS c
  JOIN silver_product_category AS p ON c.parent_code = p.category_code
  WHERE p.parent_code IS NOT NULL
),
-- The highest region of the reference above each, and the highest category.
provinces AS (
  SELECT p.region_code, MAX_BY(p.above, p.height) AS province
  FROM region_paths AS p
  JOIN silver_region AS r ON p.above = r.region_code
  GROUP BY p.region_code
),
main_categories AS (
  SELECT category_code, MAX_BY(above, height) AS main FROM category_paths GROUP BY category_code
),
-- The units in which a code counts.
region_units AS (
  SELECT DISTINCT p.region_code, p.above AS unit
  FROM region_paths AS p
  JOIN silver_region AS r ON p.above = r.region_code
  WHERE r.level IN ('province', 'prefecture')
),
category_units AS (
  SELECT DISTINCT category_code, above AS unit FROM category_paths
),
cluster_goods AS (
  SELECT cluster_code, region_code, EXPLODE(category_codes) AS category_code FROM silver_industrial_cluster
),
cluster_units AS (
  SELECT DISTINCT r.region_code, c.category_code, g.cluster_code AS unit
  FROM cluster_goods AS g
  JOIN region_paths AS r ON g.region_code = r.above
  JOIN category_paths AS c ON g.category_code = c.above
),
placed AS (
  SELECT s.month, COALESCE(p.province, s.region_code) AS province, COALESCE(m.main, s.category_code) AS main,
    s.enterprise_id, s.n_orders, s.units_sold
  FROM sellers AS s
  LEFT JOIN provinces AS p ON s.region_code = p.region_code
  LEFT JOIN main_categories AS m ON s.category_code = m.category_code
),
-- What each operator sold, once for each cell in which it counts.
spread AS (
  SELECT month, 'table' AS dimension_type, province AS dimension_code, main AS category_code, enterprise_id,
    n_orders, units_sold
  FROM placed
  UNION ALL
  SELECT month, 'table', province, 'all', enterprise_id, n_orders, units_sold FROM placed
  UNION ALL
  SELECT month, 'table', :nation, main, enterprise_id, n_orders, units_sold FROM placed
  UNION ALL
  SELECT month, 'nation', :nation, 'all', enterprise_id, n_orders, units_sold FROM sellers
  UNION ALL
  SELECT month, 'platform', platform_code, 'all', enterprise_id, n_orders, units_sold FROM sellers
  UNION ALL
  SELECT s.month, 'region', COALESCE(u.unit, s.region_code), 'all', s.enterprise_id, s.n_orders, s.units_sold
  FROM sellers AS s
  LEFT JOIN region_units AS u ON s.region_code = u.region_code
  UNION ALL
  SELECT s.month, 'category', COALESCE(u.unit, s.category_code), 'all', s.enterprise_id, s.n_orders,
    s.units_sold
  FROM sellers AS s
  LEFT JOIN category_units AS u ON s.category_code = u.category_code
  UNION ALL
  SELECT s.month, 'cluster', u.unit, 'all', s.enterprise_id, s.n_orders, s.units_sold
  FROM sellers AS s
  JOIN cluster_units AS u ON s.region_code = u.region_code AND s.category_code = u.category_code
),
sellers_of_cells AS (
  SELECT month, dimension_type, dimension_code, category_code, enterprise_id, SUM(n_orders) AS n_orders,
    SUM(units_sold) AS units_sold
  FROM spread
  GROUP BY month, dimension_type, dimension_code, category_code, enterprise_id
),
cells AS (
  SELECT month, dimension_type, dimension_code, category_code, COUNT(*) AS n_enterprises,
    SUM(n_orders) AS n_orders, SUM(units_sold) AS units_sold, MAX(n_orders) AS largest_orders,
    MAX(units_sold) AS largest_units
  FROM sellers_of_cells
  GROUP BY month, dimension_type, dimension_code, category_code
)
-- The nation is the table's sum of all, too.
SELECT month,
  EXPLODE(CASE WHEN dimension_type = 'nation' THEN ARRAY('nation', 'table') ELSE ARRAY(dimension_type) END)
    AS dimension_type,
  dimension_code, category_code, n_enterprises, CAST(n_orders AS BIGINT) AS n_orders,
  CAST(units_sold AS BIGINT) AS units_sold, CAST(largest_orders AS BIGINT) AS largest_orders,
  CAST(largest_units AS BIGINT) AS largest_units
FROM cells
