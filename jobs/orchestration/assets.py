"""What the DAGs bring about, as Airflow's assets: other DAGs may be scheduled on them."""

from __future__ import annotations

from airflow.sdk import Asset

NIGHT = Asset("quality_night")  # a night is named in ops.night
SITE = Asset("quality_site")  # the site of that night is written
BUNDLE = Asset("quality_bundle")  # what is due is published; an event each time, also where nothing was due
