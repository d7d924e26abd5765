"""Which columns the site reads of each table; a table that is absent is an empty frame of these."""

from __future__ import annotations

from jobs.reports import complaints

RATES = "gold.detection_rate"
RATE_KEY = [
    "period_type", "period_start", "dimension_type", "dimension_code", "dimension2_type", "dimension2_code", "region_role", "design",
]
COUNTED = [
    "n_sampled", "n_exited_violation", "n_exited_void", "n_tested", "n_not_judged", "n_conforming", "n_nonconforming",
    "n_first_nonconforming", "n_overturned", "n_serious", "n_open",
]
RATE_COLUMNS = [
    *RATE_KEY, *COUNTED, "rate", "ci_low", "ci_high", "violation_rate", "listing_rate", "exposure_rate", "exposure_low", "exposure_high",
    "shrunk_rate", "shrunk_low", "shrunk_high", "shrunk_pooled", "yoy_pp", "yoy_low", "yoy_high", "within_pp", "mix_pp", "yoy_of", "unreliable", "provisional",
    "method_version",
]
TIMERS = ("notice", "objection", "rectification", "recheck", "second_recheck_from", "second_recheck")
INDEX_KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
COLUMNS = {
    "gold.sampling_ledger": [
        "period_type", "period_start", "dimension_type", "dimension_code", "n_planned", "n_ordered", "n_cancelled", "n_received", "n_lost",
        "n_sampled", "n_exited_violation", "n_exited_void", "n_tested", "n_not_judged", "n_first_nonconforming", "n_nonconforming", "n_open",
        "balanced",
    ],
    "gold.sampling_lifecycle": [
        "sample_id", "plan_id", "platform_code", "seller_region_code", "category_code", "exit_kind", "outcome", "state", "closed", "suspended",
        "takedown_state", "rectification_state", "enforcement_state", "publication_state", "n_overdue", "n_refused", "evidence_complete", "seal_intact",
        *(f"{timer}_{part}" for timer in TIMERS for part in ("due", "timer", "citation")),
    ],
    "gold.sampling_refusal": ["sample_id", "event", "reason"],
    "gold.closed_loop": [
        "period_type", "period_start", "dimension_type", "dimension_code", "dimension2_type", "dimension2_code", "n_findings", "n_notified",
        "n_acknowledged", "n_takedown_ordered", "n_taken_down", "n_rectification_ordered", "n_rectified", "n_rechecked", "n_recheck_passed",
        "n_published", "n_closed", "n_overdue",
    ],
    "gold.lag_kpi": [
        "lag", "period_type", "period_start", "dimension_type", "dimension_code", "n_started", "n_open", "median_days", "median_low", "median_high",
        "p90_days", "n_due", "n_on_time", "on_time_share", "n_age_7", "n_age_15", "n_age_30", "n_age_60", "n_age_90", "n_age_older",
    ],
    "gold.buyer_exposure": [
        "platform_code", "shop_id", "n_orders", "n_accounts", "n_addresses", "n_buyers", "n_account_reused", "n_address_reused", "n_buyer_reused",
        "max_account_uses", "max_address_uses", "max_buyer_uses", "n_untold", "n_exposed", "exposed_share", "first_ordered_on", "last_ordered_on",
    ],
    complaints.TABLE: complaints.COLUMNS,
    "silver.region": ["region_code", "name_zh", "short_name_zh", "name_en", "level", "parent_code", "tile_row", "tile_col", "valid_to"],
    "silver.product_category": ["category_code", "name_zh", "name_en", "level", "parent_code", "key_consumer_product"],
    "silver.industrial_cluster": ["cluster_code", "name_zh", "name_en", "region_code", "category_codes"],
    "silver.platform": ["platform_code", "name_zh", "name_en", "kind"],
    "silver.sampling_plan": ["plan_id", "name_zh", "type", "issuer_region_code", "starts_on", "ends_on"],
    "silver.recall": [
        "authority", "recall_id", "recalled_on", "product_text", "brand", "model", "barcode", "category_code", "hazard_text", "units", "remedy",
    ],
}
OPS_READ = ("ops.ingest_file", "ops.reconciliation", "ops.gate_verdict", "ops.freshness", "ops.run_log", "ops.table_metric")
# Codes compare some fifty times faster than texts, and pages select by them hundreds of times.
CODED = [c for c in RATE_KEY if c != "period_start"]
