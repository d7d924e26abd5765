"""gold.page_claim: the standard that the page of each sample claims, so that no table of all listings is needed to judge a few
samples."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.period import Period


def build(*, sample: DataFrame, listing: DataFrame, period: Period) -> DataFrame:
    """One row per sample whose page cites a standard; arguments are the silver tables of these names. The page is as last
    delivered."""
    pages = listing.where("standard_no IS NOT NULL").select("listing_id", "standard_no")
    return sample.select("sample_id", "listing_id").join(pages, "listing_id").select("sample_id", "listing_id", "standard_no")
