-- Administrative divisions, current and retired: one row per code of GB/T 2260. The accepted rows, completed
-- by what the digits of a code say where its source does not say it.
--
-- level: xx0000 is a province, xxxx00 a prefecture, any other a county.
-- parent_code: the prefecture that the digits of a county name, where there is such a row; else, also of a
-- prefecture, the province that they name, where there is such a row.
-- valid_to: a code that a snapshot of lists no longer holds is retired, not gone: what was sold and sampled
-- under it still counts in its province. So the row stays, and the day before the first list that lacks it
-- becomes valid_to where the source states none.
WITH levelled AS (
  SELECT
    region_code, name_zh, name_en, short_name_zh,
    COALESCE(
      level,
      CASE
        WHEN region_code LIKE '%0000' THEN 'province'
        WHEN region_code LIKE '%00' THEN 'prefecture'
        ELSE 'county'
      END
    ) AS level,
    parent_code, tile_row, tile_col, valid_from, valid_to, succeeded_by,
    _flags, _ended_on, _source, _load_key, _record, _jurisdiction, _currency
  FROM bronze_region
),
named AS (
  SELECT
    region_code, name_zh, name_en, short_name_zh, level, parent_code,
    CASE WHEN level = 'county' THEN SUBSTRING(region_code, 1, 4) || '00' END AS prefecture,
    CASE WHEN level <> 'province' THEN SUBSTRING(region_code, 1, 2) || '0000' END AS province,
    tile_row, tile_col, valid_from, valid_to, succeeded_by, _flags, _ended_on, _source, _load_key, _record,
    _jurisdiction, _currency
  FROM levelled
)
SELECT
  n.region_code, n.name_zh, n.name_en, n.short_name_zh, n.level,
  COALESCE(n.parent_code, prefecture.region_code, province.region_code) AS parent_code,
  n.tile_row, n.tile_col, n.valid_from,
  COALESCE(n.valid_to, CAST(DATE_SUB(n._ended_on, 1) AS DATE)) AS valid_to,
  n.succeeded_by, n._flags, CAST(NULL AS DATE) AS _ended_on, n._source, n._load_key, n._record,
  n._jurisdiction, n._currency
FROM named AS n
LEFT JOIN bronze_region AS prefecture ON n.prefecture = prefecture.region_code
LEFT JOIN bronze_region AS province ON n.province = province.region_code
