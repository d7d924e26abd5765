"""Writes a whole simulated country: the files of all sources into an inbox, and what is true of it into
another folder. No function here reads a clock: one seed gives the same bytes in every file.

The history is the months up to a last day, which all arrive on that day; after it come single nights, each
with the files of its day.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jobs.errors import UsageError
from jobs.lifetime import die_with_pool
from jobs.plurals import plural
from jobs.simulate.country import writing
from jobs.simulate.country.authorities.controls import controls
from jobs.simulate.country.authorities.deliveries import write as write_authorities
from jobs.simulate.country.authorities.dossier import dossier
from jobs.simulate.country.calendars import GIANTS
from jobs.simulate.country.dialects import FEEDS
from jobs.simulate.country.hazard_words import CODES
from jobs.simulate.country.inbox import Inbox
from jobs.simulate.country.platform_files import write_platform
from jobs.simulate.country.texts import arrow
from jobs.simulate.country.truth import Truth
from jobs.simulate.country.world import MONTHS, World, started, world
from jobs.whole_folder import replaced_file

MARK = ".country.json"  # in the inbox (landing leaves dotfiles alone): whose files these are
ALONE_BELOW = 500_000  # records; below, further processes cost more than they save
KINDS = {
    "marketplace": "综合",
    "group_buying": "拼购",
    "livestream": "直播",
    "brand_store": "品牌自营",
    "cross_border": "跨境",
    "other": "其他",
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """The settings of a country: the arguments of `world.world`. Equal settings give equal countries.

    ``seed``: that of all random numbers; ``records``: about how many records the history has; ``until``:
    its last day; ``months``: it begins at least so many months earlier; ``nights``: number of single nights
    after it.
    """

    records: int
    until: date
    seed: int = 7
    months: int = MONTHS
    nights: int = 0

    @property
    def start(self) -> date:
        """The first day of the history."""
        return started(self.until, self.months)

    def country(self) -> dict[str, Any]:
        """Return all settings but the number of nights, as a dictionary for JSON: what two runs that write
        into one inbox must have in common."""
        return {
            "synthetic": True,
            "seed": self.seed,
            "records": self.records,
            "until": self.until.isoformat(),
            "months": self.months,
        }

    def world(self) -> World:
        """Return the country as frames (`world.World`). Raises UsageError where reference files are
        absent."""
        return world(self.seed, self.records, self.until, self.months, self.nights)


def settings_of(inbox: Path) -> Settings | None:
    """Return the settings of the country that was written into an inbox, with 0 nights; None where no
    country was written there. ``inbox``: the folder. Raises UsageError where its file MARK cannot be read as
    settings."""
    if not (inbox / MARK).is_file():
        return None
    known = _read_mark(inbox / MARK)
    try:
        return Settings(known["records"], date.fromisoformat(known["until"]), known["seed"], known["months"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(inbox / MARK) from error


def _read_mark(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if not isinstance(known, dict):
        raise _unreadable(path)
    return known


def _unreadable(path: Path) -> UsageError:
    return UsageError(f"{path}：无法读取模拟国家的设置 | the settings of the country cannot be read")


class Written(NamedTuple):
    """What `simulate` has written: number of ``files``, their ``bytes`` in total, and the ``records`` in
    them: of the history, or with ``only`` of that night."""

    files: int
    bytes: int
    records: int


class _Task(NamedTuple):
    platform: int
    feeds: tuple[str, ...]
    known_measures: pd.DataFrame | None


def simulate(
    settings: Settings,
    out: Path,
    truth: Path | None,
    *,
    only: date | None = None,
    workers: int = 2,
    progress: Progress = lambda line: None,
) -> Written:
    """Write a country's files to the inbox ``out`` and what is true of it to the folder ``truth`` (None: not
    written). Returns what was written.

    ``only``: write just the files that arrive on that day, with the same bytes as in the run of all nights,
    none where no file arrives; ``truth`` is then None, as it would also list what other days deliver;
    ``workers``: number of further processes, which are used from 2 on and for countries of ALONE_BELOW
    records and more; ``progress``: is called with a line of text per step. An earlier truth in ``truth`` is
    replaced. Raises UsageError where ``out`` holds other files, a country with other settings or one that
    cannot be read, where ``truth`` holds files that are no truth of a simulation, where ``truth`` lies inside
    of ``out``, or where reference files are absent; ValueError where both ``only`` and ``truth`` are given.
    """
    if only is not None and truth is not None:
        raise ValueError("the truth is that of all nights: only and truth exclude each other")
    _refuse_files_of_others(out, MARK, settings.country())
    if truth is not None:
        if truth.resolve().is_relative_to(out.resolve()):
            raise UsageError(f"{truth}：真值不能放在收件箱里 | the truth must not lie inside the inbox")
        _refuse_files_of_others(truth, "country.json", {})
        for old in truth.glob("*.parquet"):
            old.unlink()
    out.mkdir(parents=True, exist_ok=True)
    with replaced_file(out / MARK) as part:
        part.write_text(json.dumps(settings.country(), sort_keys=True) + "\n", encoding="utf-8")
    inbox = Inbox(out, only)
    alone = settings.records < ALONE_BELOW or workers < 2
    country = (_alone if alone else _in_processes)(settings, inbox, workers, progress)
    deliveries = inbox.truth.frame("delivery")
    if truth is not None:
        progress("truth")
        _write_ground_truth(country, inbox.truth)
        inbox.truth.write(
            truth, settings.country() | {"nights": settings.nights, "start": settings.start.isoformat()}
        )
    counted = (
        deliveries if only else deliveries[deliveries.kind == "history"] if len(deliveries) else deliveries
    )
    return Written(inbox.files, inbox.bytes, int(counted.records.sum()) if len(counted) else 0)


def _refuse_files_of_others(folder: Path, mark: str, country: dict[str, Any]) -> None:
    """Refuse a folder with files that no run of this country wrote."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}：不是文件夹 | is not a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not (folder / mark).is_file():
        raise UsageError(f"{folder}：文件夹非空，且不是模拟生成的 | is not empty, and no simulation wrote it")
    if not country:
        return
    if (known := _read_mark(folder / mark)) != country:
        raise UsageError(f"{folder}：存放着另一个模拟国家（{known}） | holds another country: {known}")


def _alone(settings: Settings, inbox: Inbox, workers: int, progress: Progress) -> World:
    country = settings.world()
    _commerce(country, inbox)
    book = dossier(country)
    known_measures = controls(book)
    for number in range(len(country.platforms)):
        progress(f"platform {number + 1} of {len(country.platforms)}")
        write_platform(country, number, inbox, known_measures=known_measures)
    write_authorities(book, inbox, lambda name: progress(name))
    return country


def _in_processes(settings: Settings, inbox: Inbox, workers: int, progress: Progress) -> World:
    """Giants first, in further processes; what the authorities notify to platforms is made meanwhile."""
    with ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (settings, inbox.out, inbox.only)
    ) as pool:
        early = [_Task(p, tuple(f for f in FEEDS if f != "controls"), None) for p in range(GIANTS)]
        futures = [pool.submit(_platform, task) for task in early]
        progress("the world")
        country = settings.world()
        _commerce(country, inbox)
        progress("what the authorities know")
        book = dossier(country)
        known_measures = controls(book)
        for number in range(len(country.platforms)):
            feeds = ("controls",) if number < GIANTS else FEEDS
            mine = known_measures[known_measures.platform_code == country.platforms.platform_code[number]]
            futures.append(pool.submit(_platform, _Task(number, feeds, mine)))
        write_authorities(book, inbox, lambda name: progress(name))
        del book
        for number, future in enumerate(futures, 1):
            part = future.result()
            inbox.truth.merge(part.truth)
            inbox.files, inbox.bytes = inbox.files + part.files, inbox.bytes + part.bytes
            progress(f"platforms: {number} of {plural(len(futures), 'part')}")
    return country


_HERE: dict[str, Any] = {}  # of a worker process


def _begin(settings: Settings, out: Path, only: date | None) -> None:
    die_with_pool()
    _HERE.update(world=settings.world(), out=out, only=only)


def _platform(task: _Task) -> Inbox:
    inbox = Inbox(_HERE["out"], _HERE["only"])
    write_platform(_HERE["world"], task.platform, inbox, feeds=task.feeds, known_measures=task.known_measures)
    return inbox


def _commerce(country: World, inbox: Inbox) -> None:
    """The register of platforms: the one feed of the commerce authority, once a year."""
    platforms, size = country.platforms, len(country.platforms)
    day = max(country.start, date(country.end.year, 1, 1))
    table = {
        "平台代码": arrow(platforms.platform_code),
        "平台名称": arrow(platforms.name_zh),
        "英文名称": arrow(platforms.name_en),
        "类型": arrow(platforms.kind.map(KINDS)),
        "经营者信用代码": arrow(platforms.operator_uscc),
        "备案日期": arrow(np.full(size, "2019-01-01", object)),
    }
    inbox.put(
        "commerce",
        f"platforms_{day:%Y%m%d}.csv",
        writing.delimited(table, bom=True),
        delivered=day,
        arrives=country.end,
        kind="history",
        records=size,
    )


def _write_ground_truth(country: World, truth: Truth) -> None:
    """What is true of the world itself: who operates which shop, true shares of defects, rings, outbreaks,
    laboratories."""
    everyone, shops, listings = country.enterprises, country.shops, country.listings
    codes = country.platforms.platform_code.to_numpy()
    truth.add("enterprise", enterprise=everyone.index.to_numpy(), **{c: everyone[c] for c in everyone})
    truth.add(
        "shop",
        shop_id=shops.shop_id,
        platform_code=codes[shops.platform],
        enterprise=shops.enterprise,
        uscc=everyone.uscc.to_numpy()[shops.enterprise],
        type=everyone.type.to_numpy()[shops.enterprise],
        noise=shops.how,
        opened_on=shops.opened_on,
    )
    truth.add(
        "listing",
        listing_id=listings.listing_id,
        platform_code=codes[listings.platform],
        producer=listings.producer,
        category_code=listings.category_code,
        defect_rate=listings.defect_rate,
        counterfeit=listings.counterfeit,
        listed_on=listings.listed_on,
        delisted_on=listings.delisted_on,
    )
    for name, frame in (
        ("platform", country.platforms),
        ("brand", country.brands),
        ("lab", country.labs),
        ("outbreak", country.outbreaks.assign(hazard=country.outbreaks.hazard.replace(CODES))),
    ):
        truth.add(name, **{c: frame[c] for c in frame})
