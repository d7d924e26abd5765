"""What numpy takes for a missing value of an array of Python objects."""

from __future__ import annotations

import numpy as np

NOTHING = np.array(None, dtype=object)  # None as numpy.where, select and append take it
