"""Stands in for `quality`: notes its call and ends as the plan says, once for each call of a command (then
with 0)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

folder = Path(os.environ["FAKE_FOLDER"])
command = sys.argv[1]
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(
        json.dumps(
            {"arguments": sys.argv[1:], "secrets": [n for n in os.environ if n.startswith("AIRFLOW__")]}
        )
        + "\n"
    )
plan = json.loads((folder / "plan.json").read_text())
code = plan.get(command, []).pop(0) if plan.get(command) else 0
(folder / "plan.json").write_text(json.dumps(plan))
if command == "source":
    families = [
        ("a", "lab", True),
        ("b", "platform", True),
        ("c", "platform", True),
        ("d", "customs", False),
        ("e", "", True),
    ]
    print("a warning that stands before the rows")
    print(
        json.dumps(
            [
                {"source": s, "family": f, "folder": here}
                for s, f, here in families
                if (folder / "inbox").exists()
            ],
            indent=1,
        )
    )
else:
    print(f"fake {command} ends with {code}")
if code < 0:
    os.kill(os.getpid(), -code)
raise SystemExit(code)
