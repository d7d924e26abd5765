"""The work of `quality publish`: write and withdraw bundles (frozen folders with the public tables of a
period), and write the public site and the API from them. Each function returns the exit code of the command.

``env``: paths and settings; ``period``: `2026-06`, `2026Q2` or `2026`; ``day``: the day of publication (None:
the date of the newest night); ``say``: called with lines of text about the progress. Where the period is
malformed or not due, or there is no night, UsageError is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from jobs.environment import Environment
from jobs.lake.lock import writer_lock
from jobs.lake.night import WHOLE
from jobs.lineage.sending import emitting
from jobs.plurals import plural
from jobs.upkeep.modes import open_site

Say = Callable[[str], None]


def publish_period(env: Environment, period: str, *, day: date | None, say: Say) -> int:
    """Write the next bundle of one period from the newest night where its rows have changed, then the public
    site; returns 0. It holds the lake's writer lock while it writes the bundle, since ops.bundle is a table
    of the lake.

    ``period``: its name, such as 2026-06, 2026Q2 or 2026; ``day``: of publication (None: as `freeze` chooses
    it). Raises UsageError as `freeze` does, such as where the period is not due."""
    from jobs.publish.freezing import freeze
    from jobs.publish.periods import span

    with writer_lock(env.lake, say=say), emitting(env, "publish", env.published, kinds=WHOLE, say=say):
        _settle(env)
        freeze(env.lake, env.published, span(period), day=day, say=say)
    return _public_site(env, say)


def publish_due(env: Environment, *, say: Say) -> int:
    """Write a bundle for each period that is due by the newest night and has none yet, and revise the periods
    before it that changed (`jobs.publish.freezing.freeze_due`), then write the public site; returns 0. It
    holds the lake's writer lock while it writes bundles."""
    from jobs.publish.freezing import freeze_due

    with writer_lock(env.lake, say=say), emitting(env, "publish", env.published, kinds=WHOLE, say=say):
        _settle(env)
        made = freeze_due(env.lake, env.published, say=say)
    say(f"published: {plural(len(made), 'new bundle')}: {env.published}")
    return _public_site(env, say)


def _settle(env: Environment) -> None:
    """What a killed export noted and never put in place has not left."""
    from jobs.lake.tables import Lake
    from jobs.reports.noted_trade import resolve_unconfirmed

    resolve_unconfirmed(Lake(env.lake), outbox=env.outbox)


def _public_site(env: Environment, say: Say) -> int:
    """The public site and the API, made of the bundles alone; of the lake only the day of the newest night,
    by which a release is late."""
    from jobs.lake.night import newest_snapshot
    from jobs.lake.tables import Lake
    from jobs.publish.site import write_public

    files = write_public(env.published, newest_snapshot(Lake(env.lake), WHOLE).date)
    open_site(env)
    say(
        f"public site: {env.published / 'site' / 'index.html'} "
        f"({plural(files, 'file')} written, with the API)"
    )
    return 0


def withdraw_period(env: Environment, period: str, *, reason: str, day: date | None, say: Say) -> int:
    """Withdraw a period by a further revision without data, which states the ``reason``, then write the
    public site; returns 0. It holds the lake's writer lock while it writes the revision.

    ``period``, ``day``: as for `publish_period`. Raises UsageError as `withdraw` of jobs.publish.freezing
    does, such as without a reason or where nothing of the period is published."""
    from jobs.publish.freezing import withdraw
    from jobs.publish.periods import span

    with writer_lock(env.lake, say=say), emitting(env, "withdraw", env.published, kinds=WHOLE, say=say):
        withdraw(env.lake, env.published, span(period), reason=reason, day=day, say=say)
    return _public_site(env, say)


def show_changes(env: Environment, period: str, *, as_json: bool, say: Say) -> int:
    """Print what a new revision of the period would change, one row per change (with ``as_json`` an array of
    JSON objects); writes nothing and returns 0. No rows where the period has no revision yet, which ``say``
    states. ``period``: as for `publish_period`. Raises UsageError where there is no night, or the period is
    not due or has no rows."""
    from jobs.lake.night import newest_snapshot
    from jobs.lake.tables import Lake
    from jobs.output import show
    from jobs.publish.freezing import drafted
    from jobs.publish.periods import span

    draft = drafted(newest_snapshot(Lake(env.lake), WHOLE), env.published, span(period))
    if draft.last is None:
        say(f"{period} has no revision yet: all of it would be new")
    show([dict(change) for change in draft.changes], as_json=as_json)
    return 0
