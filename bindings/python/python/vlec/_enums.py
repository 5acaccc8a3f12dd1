"""The enumerations; values are the texts that the documentation uses."""

from enum import Enum, unique


@unique
class Urgency(Enum):
    """How soon content is to be read."""

    ROUTINE = "routine"
    PRIORITY = "priority"
    URGENT = "urgent"
    EMERGENCY = "emergency"


@unique
class Padding(Enum):
    """How a content's length is hidden: to its Padmé size, or not at all."""

    PADME = "padme"
    NONE = "none"


@unique
class Arrival(Enum):
    """Whether a delivery was offered before and not accepted."""

    FIRST = "first"
    AGAIN = "again"


@unique
class EpochState(Enum):
    """What an epoch is doing."""

    PREPARED = "prepared"
    ANNOUNCED = "announced"
    CURRENT = "current"
    RETIRING = "retiring"
    DESTROYED = "destroyed"


@unique
class EventKind(Enum):
    """What a roster event is about."""

    GENESIS = "genesis"
    AUTHORITY = "authority"
    ENROL = "enrol"
    EPOCH = "epoch"
    IDENTITY = "identity"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


@unique
class RevocationReason(Enum):
    """Why a key is revoked."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key-compromise"
    KEY_LOSS = "key-loss"
    SUPERSEDED = "superseded"
    CEASED = "ceased"


@unique
class RevokedBy(Enum):
    """Whose word a revocation is."""

    OWNER = "owner"
    RECOVERY = "recovery"
    ROOTS = "roots"


@unique
class QuarantineReason(Enum):
    """Why a vault's store and its anchor do not belong together."""

    ANCHOR_MISSING = "anchor-missing"
    ANCHOR_DAMAGED = "anchor-damaged"
    ANCHOR_OF_ANOTHER = "anchor-of-another"
    STORE_OLDER = "store-older"
    ANCHOR_OLDER = "anchor-older"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"


@unique
class DueKind(Enum):
    """What is due. `Agency.maintain` does the last four by itself."""

    QUARANTINE = "quarantine"
    CONFIRM_TIME = "confirm-time"
    REFRESH = "refresh"
    ENROL = "enrol"
    WITHDRAWN = "withdrawn"
    RECOVER = "recover"
    RECOVERING = "recovering"
    FOREIGN_IDENTITY = "foreign-identity"
    FOREIGN_EPOCH = "foreign-epoch"
    ANNOUNCE = "announce"
    OTHER = "other"
    PREPARE = "prepare"
    DESTROY = "destroy"
    RETIRE_IDENTITY = "retire-identity"
    ORPHAN = "orphan"
