"""One night: a run that builds what changed and names the new versions. jobs.night.runner lists its steps."""
