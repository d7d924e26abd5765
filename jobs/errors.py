"""Errors that a person can mend: the command line prints them in one line, without a trace."""


class QualityError(Exception):
    """Base of all errors with a plain message. ``exit_code`` is what `quality` ends with (running.md)."""

    exit_code = 2


class UsageError(QualityError):
    """A wrong call, an absent file or an environment that lacks something."""


class LockedError(QualityError):
    """Another process writes to the lake and did not finish in time."""


class ContractError(QualityError):
    """Contracts, expectations or golden cases are not whole; ``problems`` are `file: field: what` lines."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class SourceError(QualityError):
    """A source YAML is wrong; ``problems`` are `file:line: field: what` lines."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))
