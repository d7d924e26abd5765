"""The assets of Airflow that the DAGs update, so that other DAGs may be scheduled on them. An asset is
Airflow's name for data; a task that updates it makes an event."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

NIGHT = Asset("quality_night")  # a night is named in ops.night
SITE = Asset("quality_site")  # the site of that night is written
BUNDLE = Asset("quality_bundle")  # what is due is published; an event each time, also where nothing was due
# What a task that may leave an asset as it is has as its outlet: it says itself whether it made an event.
MAYBE_NIGHT = AssetAlias("quality_night_of_the_main_lake")
