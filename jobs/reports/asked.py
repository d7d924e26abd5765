"""Says what the site reads of each table. A table that is absent is read as an empty frame with these
columns."""

from __future__ import annotations

from jobs.contracts.catalog import Catalog
from jobs.marts.sampling.outcomes import DENOMINATOR
from jobs.reports import complaints, confidential, handling, tracing

# The table of rates, the columns that identify its rows, and its counts of batches.
RATES = "gold.detection_rate"
RATE_KEY = (
    "period_type period_start dimension_type dimension_code dimension2_type dimension2_code "
    "region_role design"
).split()
COUNTED = (
    "n_sampled n_exited_violation n_exited_void n_tested n_not_judged n_conforming "
    "n_nonconforming n_first_nonconforming n_overturned n_serious n_open"
).split()
RATE_COLUMNS = [
    *RATE_KEY,
    *COUNTED,
    *(
        "rate ci_low ci_high violation_rate violation_low violation_high listing_rate "
        "exposure_rate exposure_low exposure_high exposure_violation_rate exposure_violation_low "
        "exposure_violation_high n_effective design_effect cv reliability months_covered "
        "shrunk_rate shrunk_low shrunk_high shrunk_pooled yoy_pp yoy_low yoy_high within_pp mix_pp "
        "yoy_of provisional_until method_version"
    ).split(),
]
# Steps of the follow-up of a batch in their order, of gold.sampling_lifecycle: each has a day, `<step>_on`.
STEPS = (
    "result_notified notified_by_announcement takedown_ordered taken_down stop_sale rectification_ordered "
    "rectified recheck_organised recheck_passed recheck_failed enforcement_opened enforcement_closed"
).split()
TIMERS = ("notice", "objection", "rectification", "recheck", "second_recheck_from", "second_recheck")
INDEX_KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
WEAK_POINT = [
    *INDEX_KEY,
    *(
        "indicator pillar place weak value value_low value_high not_filed peer_median "
        "best_quarter n_peers cost cost_low cost_high gain actor action_zh action_en"
    ).split(),
]
REPORT = ["period_type", "period_start", "dimension_code", "item", "position", "basis", "text_zh", "text_en"]
# Of the night before: what the first page and units' pages compare with.
COMPARED = {
    "gold.sampling_lifecycle": ["sample_id", "outcome"],
    "gold.work_queue": [
        *("office_type office_code task subject_type subject_id status undated province_code").split(),
    ],
    "gold.enforcement_lead": "lead_id state acted_on due finding role province_code".split(),
    "gold.urgent_item": ["item_id", "recipient", "status"],
    "gold.risk_signal": ["key_type", "key_code", "opened_on", "state", "news"],
    "gold.restriction_coverage": ["dimension_type", "dimension_code", "n_still_selling"],
    complaints.TABLE: complaints.COLUMNS,
    "gold.quality_index": [*INDEX_KEY, *"score low high tier rank rank_low rank_high published".split()],
    "gold.weak_point": WEAK_POINT,
    "gold.detection_rate": [*dict.fromkeys((*RATE_COLUMNS, *DENOMINATOR))],
}
# Columns of the tables of which pages show a part. Of silver nothing else is read.
COLUMNS = {
    "gold.sampling_ledger": (
        "period_type period_start dimension_type dimension_code n_planned n_ordered n_cancelled "
        "n_received n_lost n_sampled n_exited_violation n_exited_void n_tested n_not_judged "
        "n_first_nonconforming n_nonconforming n_open balanced"
    ).split(),
    "gold.sampling_lifecycle": [
        *(
            "sample_id plan_id platform_code seller_region_code category_code ordered_on published_on "
            "exit_kind outcome state closed suspended takedown_state rectification_state "
            "enforcement_state publication_state n_overdue n_refused evidence_complete seal_intact "
            "result_issued_on"
        ).split(),
        *(f"{step}_on" for step in STEPS),
        *(f"{timer}_{part}" for timer in TIMERS for part in ("due", "timer", "rule_status", "citation")),
    ],
    "gold.sampling_refusal": ["sample_id", "event", "reason"],
    "gold.failing_item": (
        "period_type period_start dimension_type dimension_code cut code design n_judged n_failed "
        "n_first_failed n_overturned rate ci_low ci_high exposure_rate exposure_low exposure_high "
        "n_effective reliability class_a months_covered name rank n_ranked"
    ).split(),
    "gold.failer_follow_up": [
        *(
            "period_start dimension_type dimension_code party design n_parties n_failers n_followed "
            "n_sampled_again n_failed_again months_followed n_failers_next n_failers_next_failed "
            "n_others_next n_others_next_failed difference_pp difference_low difference_high"
        ).split(),
        *(
            f"{name}_{part}"
            for name in ("sampled_again", "failed_again", "failers_next", "others_next")
            for part in ("rate", "low", "high")
        ),
    ],
    "gold.rate_trend": (
        "dimension_type dimension_code n_years first_start last_start months_covered status rates "
        "n_judged n_interval slope_pp slope_low slope_high p_value p_adjusted verdict"
    ).split(),
    "silver.enforcement_case": "case_id opened_on sample_id complaint_id closed_on".split(),
    "silver.assistance_request": (
        "request_id requested_on from_region_code to_region_code case_id sample_id due_on answered_on"
    ).split(),
    "silver.lab_commission": ["commission_id", "sample_id", "commissioned_on", "received_on"],
    "silver.item_name": ["name_zh", "name_en"],
    "silver.product_term": ["category_code", "match"],
    "gold.counterfeit_case": (
        "report_id reported_on brand_id platform_code category_code listing_id finding verified_on "
        "taken_down_on confirmed_on state"
    ).split(),
    "gold.complaint_matter": ["complaint_id", "matter"],
    "silver.hazard": ["hazard_code", "name_zh", "name_en"],
    "gold.quality_index_indicator": [
        *INDEX_KEY,
        *(
            "indicator pillar value estimate value_low value_high numerator denominator goal_low goal_high "
            "score clipped status weight"
        ).split(),
    ],
    "gold.improvement_effect": [
        *INDEX_KEY,
        *(
            "measure n_measures n_rechecked n_passed pass_rate pass_low pass_high n_treated_cells "
            "n_untreated_cells effect_pp effect_low effect_high"
        ).split(),
    ],
    "gold.bulletin": (
        "plan_id sample_id disclosure public_from published_on exit_kind exit_reason "
        "first_outcome final_outcome serious platform_code shop_id listing_id shop_name seller_name "
        "seller_region_code producer_name producer_region_code category_code product_name brand "
        "batch_no produced_on purchased_on lab_name reinspection_on reinspection_lab_name "
        "reinspection_refusal objection_party objection_decided_on "
        "item_names item_values item_units item_limits_low item_limits_high item_claims_low "
        "item_claims_high item_standards item_classes objection_on objection_kind objection_state "
        "authenticity_upheld_for comment_days comment_names comment_texts"
    ).split(),
    "gold.duplicate_check": (
        "product_id issuer_code category_code n_checks n_repeats n_listings blocked_until"
    ).split(),
    "gold.sampling_proposal": (
        "plan_id dimension_type dimension_code platform_code category_code period_start "
        "period_end frame_month population units_share prior_rate n_probability n_targeted "
        "expected_judged expected_low expected_high miss_05 miss_10 miss_20 detectable_rate"
    ).split(),
    "gold.judgement_audit": (
        "sample_id item_code plan_id lab_id category_code item_name value_text unit verdict "
        "lab_verdict agreement reason basis standard_no lab_standard_no limit_text limit_unit"
    ).split(),
    "gold.work_queue": (
        "office_type office_code task subject_type subject_id position province_code "
        "platform_code region_code category_code since days_open status due days_left undated "
        "rule_status citation text_zh text_en"
    ).split(),
    "gold.network_coverage": (
        "dimension_type dimension_code data_kind n_records n_records_12m n_providers n_live "
        "n_expected live newest_on age_days months_filed_12m n_kinds_live amount_12m "
        "online_retail_share online_retail_reason"
    ).split(),
    **{f"gold.{kind}_report": REPORT for kind in ("region", "platform", "category", "cluster")},
    "gold.shopping_guidance": (
        "category_code part design item name_zh name_en position value low high n n_failed class_a reliable "
        "window_start window_end text_zh text_en citation citation_status"
    ).split(),
    "silver.goalpost": (
        "indicator name_zh name_en unit low high direction transform reason_zh reason_en"
    ).split(),
    "silver.index_weight": "item kind pillar name_zh name_en weight reason_zh reason_en".split(),
    complaints.TABLE: complaints.COLUMNS,
    **handling.COLUMNS,
    **tracing.COLUMNS,
    "gold.repeat_failure": (
        "period_type period_start dimension_type dimension_code party party_id region_code n_failing "
        "n_platforms n_judged_probability n_failing_probability n_judged_targeted n_failing_targeted "
        "last_failed_on sample_ids"
    ).split(),
    confidential.FLAGS: [*confidential.KEY, "confidential"],
    "silver.region": (
        "region_code name_zh short_name_zh name_en level parent_code tile_row tile_col valid_to"
    ).split(),
    "silver.product_category": [
        "category_code",
        "name_zh",
        "name_en",
        "level",
        "parent_code",
        "key_consumer_product",
    ],
    "silver.industrial_cluster": ["cluster_code", "name_zh", "name_en", "region_code", "category_codes"],
    "silver.platform": ["platform_code", "name_zh", "name_en", "kind", "operator_uscc"],
    "silver.sampling_plan": [
        "plan_id",
        "name_zh",
        "name_en",
        "type",
        "issuer_region_code",
        "starts_on",
        "ends_on",
    ],
    "gold.risk_signal": (
        "key_type key_code opened_on platform_code category_code hazard_code brand state closed_on "
        "closed_by last_alarm_on n_alarms news news_on reasons n_reports expected p_adjusted eb05 severity "
        "serious n_targeted_judged n_failing_targeted n_recalls n_penalties n_random_judged n_random_failing "
        "peer_rate unmapped_reason"
    ).split(),
    "gold.urgent_item": "item_id recipient status kind shop_id sample_id item_name category_code".split(),
    "gold.alert_match": (
        "notice_type system notice_id listing_id published_on method confidence platform_code on_offer"
    ).split(),
    "silver.overseas_alert": (
        "system alert_id published_on origin_countries notifying_country product_text category_text "
        "category_code hazard_category severity"
    ).split(),
    "gold.standard_edition": (
        "standard_no name_zh name_en kind nature status dated valid_from valid_to days_left transition_from "
        "succession succeeded_by current_no n_limits n_not_understood"
    ).split(),
    "gold.standard_limit": (
        "requirement_id standard_no product_code item_code item_name form limit_text limit_unit "
        "previous_standard_no previous_text previous_unit change"
    ).split(),
    "gold.standard_citation": (
        "listing_id platform_code shop_id category_code standard_no status nature since current_no "
        "while_valid"
    ).split(),
    "gold.standard_failure": (
        "period_type period_start standard edition item_code design item_name n_judged n_failed "
        "n_first_failed n_overturned rate ci_low ci_high exposure_rate exposure_low exposure_high "
        "n_effective reliability class_a months_covered rank n_ranked"
    ).split(),
    "gold.lab_performance": (
        "period_type period_start design lab_id n_commissions n_outside months_covered capacity_per_month "
        "load_share n_tests n_open median_days median_low median_high p90_days p90_low p90_high n_due "
        "n_on_time on_time_share on_time_low on_time_high n_judged n_failing found_share found_low "
        "found_high n_compared n_compared_failing expected ratio ratio_low ratio_high score p p_adjusted tau "
        "low95 high95 low998 high998 state n_reinspected n_overturned overturned_share overturned_low "
        "overturned_high"
    ).split(),
    "gold.lab_agreement": (
        "kind period_type period_start lab_id other_lab_id n_pairs n_both_failing n_only_lab n_only_other "
        "n_neither agreement agreement_low agreement_high kappa kappa_low kappa_high n_values "
        "n_value_samples bias bias_low bias_high agree_low agree_high"
    ).split(),
    "silver.lab": "lab_id name_zh name_en uscc region_code accredited_to capacity_per_month".split(),
    "silver.risk_reason": ["reason_code", "name_zh", "name_en"],
    "gold.repeat_offender": (
        "enterprise_id grade n_times n_shops n_platforms n_brands n_probable n_probable_shops n_genuine "
        "n_relisted n_awaiting_takedown first_on last_on region_code report_ids shop_ids platform_codes "
        "brand_ids probable_report_ids probable_shop_ids linked_operators window_start window_end"
    ).split(),
    "gold.repeated_relisting": (
        "listing_id platform_code shop_id category_code n_times_taken_down n_times_relisted "
        "first_taken_down_on last_taken_down_on again_since again_by last_bought_on delisted_on live "
        "n_takedown_days n_times_ordered ordered_since last_ordered_on live_by_orders"
    ).split(),
    "silver.brand": "brand_id name_zh name_en owner_name owner_uscc trademark_no category_codes".split(),
    "silver.enterprise": ["enterprise_id", "enterprise_type", "name"],
    "gold.joint_restriction": (
        "basis basis_id shop_id notice_id platform_code operator_id operator_name item legal_basis authority "
        "authority_region_code shop_region_code measure stops_sales measure_citation measure_rule_status "
        "state link_basis chain starts_on ends_on repaired_on ended_on"
    ).split(),
    "gold.restriction_response": (
        "basis basis_id shop_id learned_on acknowledged_on acted_on ban_open n_order_lines last_ordered_on "
        "n_listings"
    ).split(),
    "gold.restriction_review": (
        "basis basis_id shop_id reason state platform_code operator_id operator_name item measure "
        "probability office_region_code since decision_id decided_on"
    ).split(),
    "gold.restriction_coverage": (
        "dimension_type dimension_code n_restrictions n_operators n_shops n_learned n_acknowledged n_acted "
        "n_must_stop n_still_selling n_on_offer n_ended n_ban_left n_reviews acknowledged_share "
        "acknowledged_low acknowledged_high still_selling_share still_selling_low still_selling_high "
        "median_days median_low median_high p90_days"
    ).split(),
    "silver.calendar": ["day", "is_working_day"],
    "gold.credit_score": ["month", "grade", "n_comments", "n_appeals"],
    "silver.restriction_measure": ["basis", "item", "measure", "name_zh", "name_en"],
    "silver.statutory_timer": ["rule_id", "valid_to", "status", "citation"],
    "silver.penalty": ["penalty_id", "case_id"],
    "silver.party_comment": ["comment_id", "placed_on"],
    "silver.recall": (
        "authority recall_id recalled_on product_text brand model barcode category_code "
        "hazard_text units remedy"
    ).split(),
}


def columns_of(catalog: Catalog) -> dict[str, list[str]]:
    """Return table → columns that pages may read of it: those of `COLUMNS`; a table of gold that is not named
    there with all columns of its contract, without personal ones and free text, unless all of it is withheld
    from pages (`confidential.WITHHELD`)."""
    whole = {
        table: [c.name for c in contract.columns if not c.personal and not c.free_text]
        for table, contract in catalog.contracts.items()
        if table.startswith("gold.") and table not in confidential.WITHHELD
    }
    return whole | COLUMNS


OPS_READ = (
    "ops.ingest_file",
    "ops.reconciliation",
    "ops.gate_verdict",
    "ops.freshness",
    "ops.run_log",
    "ops.table_metric",
)
# Codes compare some fifty times faster than texts, and pages select by them hundreds of times.
CODED = [c for c in RATE_KEY if c != "period_start"]
