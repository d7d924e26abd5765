"""Scripts that pages load: DataTables and Vega with their licences, and the scripts of STATIC that connect
them to the pages. DataTables, Vega and licences are read from installed packages when a site is written; the
repository has no copy of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs.code_identity import made_from
from jobs.whole_folder import MadeFolder

STATIC = Path(__file__).parent / "static"
FOLDER = "assets"
LIBRARIES = ("itables", "vl-convert-python")  # their versions are part of what a site is made from
_EXPORTS = re.compile(r"export\{([^{}]*)\};?")
_NOTICES = re.compile(r"/\*! Bundled license information:.*?\*/", re.S)
_VEGA = """\
{folder}/charts.js: Vega and Vega-Lite (University of Washington Interactive Data Lab), vega-embed, d3 (Mike
Bostock) and their dependencies, bundled by vl-convert-python {version}; BSD 3-Clause and ISC:

{licence}"""


def put_browser_files(folder: MadeFolder) -> None:
    """Put the scripts and their licences into assets/ of the site. ``folder``: the site's folder. Vega's
    script takes seconds to make, so one that the installed version made is kept. ValueError where an
    installed package does not have the expected form."""
    own = {name: (STATIC / name).read_text(encoding="utf-8") for name in ("tables.js", "figures.js")}
    folder.put(f"{FOLDER}/tables.js", (_datatables() + own["tables.js"]).encode("utf-8"))
    folder.put(f"{FOLDER}/figures.js", own["figures.js"].encode("utf-8"))
    folder.put(f"{FOLDER}/licences.txt", _licences().encode("utf-8"))
    runtime, origin = f"{FOLDER}/charts.js", made_from("charts.js", version("vl-convert-python"))
    if not folder.keep(runtime, origin):
        folder.put(runtime, _vega().encode("utf-8"), origin)


@lru_cache(maxsize=1)
def _datatables() -> str:
    """Return DataTables as a plain script that sets ``window.DataTable``: a page opened from disk may not
    load a module."""
    bundle = _bundle()
    found = list(_EXPORTS.finditer(bundle))
    names = {} if not found else dict(e.split(" as ")[::-1] for e in found[-1][1].split(",") if " as " in e)
    if "default" not in names:
        raise ValueError("the bundle of itables exports no default: it cannot be turned into a script")
    end = found[-1]
    body = bundle[: end.start()] + bundle[end.end() :]
    return f'(function(){{"use strict";{body}\nwindow.DataTable={names["default"]};}})();\n'


@lru_cache(maxsize=1)
def _vega() -> str:
    """Return Vega as a plain script that sets ``window.vegaEmbed`` and no other name."""
    from vl_convert import javascript_bundle  # a large library, and only this needs it

    return f"(function(){{{javascript_bundle('window.vegaEmbed = vegaEmbed;')}\n}})();\n"


@lru_cache(maxsize=1)
def _bundle() -> str:
    spec = find_spec("itables")  # its code is not run: it would import IPython
    if spec is None or not spec.submodule_search_locations:
        raise ValueError("itables is not installed")
    return (Path(spec.submodule_search_locations[0]) / "html" / "dt_bundle.js").read_text(encoding="utf-8")


def _licences() -> str:
    """The notices in the bundle of tables, and the texts of the licences."""
    notices = _NOTICES.search(_bundle())
    if notices is None:
        raise ValueError("the bundle of itables names no licences")
    tables = (
        f"{FOLDER}/tables.js: itables {version('itables')} (MIT), with these parts (MIT):\n\n"
        f"{notices[0]}\n\n{_licence('itables')}"
    )
    charts = _VEGA.format(
        folder=FOLDER, version=version("vl-convert-python"), licence=_licence("vl-convert-python")
    )
    return f"{tables}\n\n{charts}"


def _licence(package: str) -> str:
    files: Iterable[Any] = distribution(package).files or []
    return next(f for f in files if f.name == "LICENSE").read_text(encoding="utf-8")
