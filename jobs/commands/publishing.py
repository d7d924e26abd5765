"""Commands that write what is published: bundles of a period, the public site and the API. Each returns its
exit code."""

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
    """Publish the bundle of one period from the newest night, under the lake's lock, since ops.bundle is a
    table of the lake."""
    from jobs.publish.freezing import freeze
    from jobs.publish.periods import span

    with writer_lock(env.lake, say=say), emitting(env, "publish", env.published, kinds=WHOLE, say=say):
        _settle(env)
        freeze(env.lake, env.published, span(period), day=day, say=say)
    return _public_site(env, say)


def publish_due(env: Environment, *, say: Say) -> int:
    """Publish a bundle for each period that is due and has none yet."""
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
    from jobs.publish.freezing import withdraw
    from jobs.publish.periods import span

    with writer_lock(env.lake, say=say), emitting(env, "withdraw", env.published, kinds=WHOLE, say=say):
        withdraw(env.lake, env.published, span(period), reason=reason, day=day, say=say)
    return _public_site(env, say)


def show_changes(env: Environment, period: str, *, as_json: bool, say: Say) -> int:
    """Print what a new revision of the period would change."""
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
