"""Build silver.enterprise_alias: every name, address, code, shop and pseudonym under which an enterprise was
seen."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

import duckdb
import pandas as pd
import pyarrow as pa

from jobs.conform.linkage.uscc import checked
from jobs.period import Period

_TEXT, _DAY = pa.string(), pa.date32()
_REGISTRATION = {
    "uscc": _TEXT,
    "name": _TEXT,
    "former_names": pa.list_(_TEXT),
    "address_text": _TEXT,
    "phone_ref": _TEXT,
    "representative_ref": _TEXT,
    "registered_on": _DAY,
    "cancelled_on": _DAY,
}
_SHOP = {
    "shop_id": _TEXT,
    "operator_name": _TEXT,
    "operator_uscc": _TEXT,
    "address_text": _TEXT,
    "phone_ref": _TEXT,
    "representative_ref": _TEXT,
    "opened_on": _DAY,
    "closed_on": _DAY,
}
_OPERATOR = {"shop_id": _TEXT, "enterprise_id": _TEXT, "probability": pa.float64()}
# Input of build → the columns of it that build reads.
READS = {"registration": [*_REGISTRATION], "shop": [*_SHOP], "shop_operator": [*_OPERATOR]}

# A day of closing that is not known is that of a shop still open: greater than all others.
_ALIASES = """
WITH registered(enterprise_id, alias_kind, alias, first_seen, last_seen) AS (
  SELECT uscc, unnest(['name', 'address', 'uscc', 'phone', 'representative']),
         unnest([name, address_text, uscc, phone_ref, representative_ref]), registered_on, cancelled_on
  FROM registration
  UNION ALL SELECT uscc, 'name', unnest(former_names), NULL, NULL FROM registration
), filed(enterprise_id, alias_kind, alias, first_seen, last_seen, score) AS (
  SELECT enterprise_id, unnest(['name', 'address', 'uscc', 'phone', 'representative', 'shop']),
         unnest([operator_name, address_text, operator_uscc, phone_ref, representative_ref, shop_id]),
         opened_on, closed_on, coalesce(probability, 1)
  FROM shop JOIN shop_operator USING (shop_id)
), every AS (
  SELECT *, 'registration' AS source, 1.0::DOUBLE AS score FROM registered
  UNION ALL BY NAME SELECT *, 'shop' AS source FROM filed
)
SELECT enterprise_id, alias_kind, alias, source, min(first_seen) AS first_seen,
       CASE WHEN bool_and(last_seen IS NOT NULL) THEN max(last_seen) END AS last_seen, max(score) AS score
FROM every WHERE alias IS NOT NULL GROUP BY ALL ORDER BY enterprise_id, alias_kind, alias, source
"""


def build(
    *, registration: pd.DataFrame, shop: pd.DataFrame, shop_operator: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """One row per enterprise_id, alias_kind (name, address, uscc, phone, representative or shop), alias and
    source (registration or shop), sorted by these, with the columns first_seen, last_seen (dates) and score
    (0–1). The arguments are the silver tables of these names; ``period`` is not used.

    `first_seen` and `last_seen`: from the day on which the first shop that filed the alias opened to the day
    on which the last one closed (of the register: registered_on and cancelled_on); null where unknown,
    last_seen also while a shop is open. `score`: the highest probability among the links of those shops; 1
    for the register and for a shop that is linked to nothing.
    """
    # An invalid code identifies no enterprise, and may be a person's number.
    filed = shop.assign(operator_uscc=checked(shop["operator_uscc"])["uscc"])
    with duckdb.connect(
        config={"memory_limit": "25%", "temp_directory": tempfile.gettempdir()}
    ) as con:  # pandas takes six times as long
        for name, frame, types in (
            ("registration", registration, _REGISTRATION),
            ("shop", filed, _SHOP),
            ("shop_operator", shop_operator, _OPERATOR),
        ):
            con.register(name, _table(frame, types))
        return con.sql(_ALIASES).to_arrow_table().to_pandas(date_as_object=True)


def _table(frame: pd.DataFrame, types: Mapping[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array(frame[name], kind, from_pandas=True) for name, kind in types.items()})
