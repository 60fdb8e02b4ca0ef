"""What a service refuses. The words are in templates and forms, under the code."""


class DomainError(Exception):
    """A rule said no. `code` names the reason, `field` the form field that it concerns, if any."""

    def __init__(self, code: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts = facts


class StaleVersion(DomainError):
    """An edit was made on a version that is no longer the current one."""

    def __init__(self, current: object) -> None:
        super().__init__("version_perimee")
        self.current = current


class DepotConflict(DomainError):
    """The same deposit came back with other words."""

    def __init__(self, existing: object) -> None:
        super().__init__("depot_different")
        self.existing = existing
