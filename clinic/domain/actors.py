"""Who does something, and what each role may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clinic.errors import AccessRefused


class Role(StrEnum):
    """The roles of the clinic's staff, and three that are none: who runs the machine, patients, and Marrow itself."""

    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    PATIENT = "patient"
    SYSTEM = "system"


class Right(StrEnum):
    """What a service call may need."""

    READ = "read"
    WRITE = "write"
    REASSIGN = "reassign"
    EXPORT = "export"
    ERASE = "erase"
    READ_RETENTION = "read_retention"
    READ_AUDIT = "read_audit"
    MANAGE_ACCOUNTS = "manage_accounts"


# Who makes accounts sees no patient (an erasure shows numbers only), and who reads the audit changes nothing.
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.COORDINATOR: frozenset({Right.READ, Right.WRITE}),
    Role.CLINICIAN: frozenset({Right.READ, Right.WRITE}),
    Role.LEAD: frozenset({Right.READ, Right.WRITE, Right.REASSIGN, Right.EXPORT, Right.ERASE}),
    Role.ADMIN: frozenset({Right.MANAGE_ACCOUNTS, Right.ERASE, Right.READ_RETENTION}),
    Role.AUDITOR: frozenset({Right.READ_AUDIT}),
    Role.OPERATOR: frozenset(Right),
    Role.PATIENT: frozenset(),
    Role.SYSTEM: frozenset(),
}


@dataclass(frozen=True)
class Actor:
    """Who makes a call: an account of the clinic, the operating system's user, a patient, or Marrow.

    `session` tells the sign-ins of one account apart; `address` is the network address, where there is one.
    """

    id: str
    role: Role
    session: str | None = None
    address: str | None = None

    def may(self, right: Right) -> bool:
        """Say whether the role has a right."""
        return right in RIGHTS[self.role]

    def check(self, right: Right) -> None:
        """Check a right.

        Raises:
            AccessRefused: the role does not have it.
        """
        if not self.may(right):
            raise AccessRefused(f"the role {self.role} may not do this (it needs the right: {right})")


# A patient is known by nothing that may stand in an audit.
PATIENT = Actor("patient", Role.PATIENT)
SYSTEM = Actor("system", Role.SYSTEM)
