"""A market for tests: a source of order lines, listings and shops, and six deliveries of it."""

from __future__ import annotations

MARKET = """
source: market
family: platform
publisher: {name_zh: 市, name_en: Market}
timezone: Asia/Shanghai
cadence: daily
feeds:
  lines:
    target: transaction
    files: "lines_*.csv"
    delivered: "lines_{yyyyMMdd}"
    format: csv
    key: [order_line_id]
    version: changed
    columns:
      order_line_id: {from: id}
      ordered_on: {from: day, date: [yyyy-MM-dd]}
      order_id: {from: order}
      listing_id: {from: listing}
      shop_id: {from: shop}
      quantity: {from: pieces}
      amount: {from: paid}
      changed: {from: changed}
  listings:
    target: listing
    files: "listings_*.csv"
    delivered: "listings_{yyyyMMdd}"
    format: csv
    key: [listing_id]
    columns:
      listing_id: {from: id}
      shop_id: {from: shop}
      category_code: {from: category}
  shops:
    target: shop
    files: "shops_*.csv"
    delivered: "shops_{yyyyMMdd}"
    format: csv
    key: [shop_id]
    columns:
      shop_id: {from: id}
      region_code: {from: region}
"""
LINES = "id,day,order,listing,shop,pieces,paid,changed\n"
LISTINGS = "id,shop,category\n"
SHOPS = "id,region\n"

# Six deliveries; each changes something that an earlier one said, or nothing but a separate month.
FILES = {
    "shops_20260101.csv": SHOPS + "s1,330100\ns2,110000\n",
    "listings_20260101.csv": LISTINGS + "l1,s1,\nl2,s2,\n",
    "lines_20260301.csv": LINES
    + "".join(
        f"a{n},2026-0{n % 3 + 1}-10,o{n // 2},l{n % 2 + 1},s{n % 2 + 1},1,10.00,1\n" for n in range(12)
    ),
    "lines_20260302.csv": LINES
    # a0 moves from January to February
    + "b1,2026-03-11,o50,l1,s1,2,20.00,1\na0,2026-02-10,o0,l1,s1,1,10.00,2\n",
    "lines_20260303.csv": LINES
    + "a1,2026-02-10,o0,l2,s2,x,10.00,2\nb2,2026-03-12,o51,l2,s2,1,5.00,1\n",  # a1's newer row is rejected
    "lines_20260304.csv": LINES
    + "b1,2026-03-11,o50,l1,s1,2,20.00,1\nb3,2026-04-01,,l9,s9,1,1.00,1\n",  # b1 again; b3 has no parents yet
}
