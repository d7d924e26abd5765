"""How samples are cut: by plan, platform and channel, and by their places and goods with those above them."""

from __future__ import annotations

from jobs.marts.dimensions import Dimension

RATE_DIMENSIONS = (
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", role="seller", hierarchy="region"),
    Dimension("region", "producer_region_code", role="producer", hierarchy="region"),
    Dimension("region", "consumer_region_code", role="consumer", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
    Dimension("channel", "channel"),
    Dimension("plan", "plan_id"),
)
LEDGER_DIMENSIONS = (
    Dimension("plan", "plan_id"),
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
)
