"""The enumerations; values are the texts that the documentation uses."""

from enum import Enum, unique


@unique
class Urgency(Enum):
    """How soon content is to be read.

    - `ROUTINE`: in the ordinary course.
    - `PRIORITY`: before what is routine.
    - `URGENT`: within hours.
    - `EMERGENCY`: at once, life is in danger.
    """

    ROUTINE = "routine"
    PRIORITY = "priority"
    URGENT = "urgent"
    EMERGENCY = "emergency"


@unique
class Padding(Enum):
    """How a content's length is hidden.

    - `PADME`: zeros to the Padmé size, at least 1 KiB: at most 12 % more. So it is unless asked otherwise.
    - `NONE`: not at all, the exact length of the content is visible to everyone.
    """

    PADME = "padme"
    NONE = "none"


@unique
class Arrival(Enum):
    """Whether an envelope arrived before.

    - `FIRST`: for the first time, as far as the ledger knows.
    - `AGAIN`: it, or one that it replaces or that replaces it, arrived before and was not accepted. That says nothing
      of its content: a copy that was damaged behind its first bytes has arrived, too, and could not be read.
    """

    FIRST = "first"
    AGAIN = "again"


@unique
class EpochState(Enum):
    """What an epoch is doing.

    - `PREPARED`: in the vault, and not in the roster yet: nobody seals to it. Bring the `announcements` to the centre.
    - `ANNOUNCED`: in the roster; its time has not come.
    - `CURRENT`: sealed to, and opened.
    - `RETIRING`: opened, and no longer sealed to: its time is over, a newer one took its place, or it is revoked.
    - `DESTROYED`: its secret is gone, and nobody opens what was sealed to it.
    """

    PREPARED = "prepared"
    ANNOUNCED = "announced"
    CURRENT = "current"
    RETIRING = "retiring"
    DESTROYED = "destroyed"


@unique
class EventKind(Enum):
    """What a roster event is about.

    - `GENESIS`: the roster's first, whose hash is the trust anchor.
    - `AUTHORITY`: new root, log or witness keys of the country.
    - `ENROL`: an agency joins.
    - `EPOCH`: an agency announces the key of an epoch.
    - `IDENTITY`: an agency's next identity, by a rotation or a recovery.
    - `REVOKE`: a key is revoked.
    - `WITHDRAW`: an agency leaves.
    """

    GENESIS = "genesis"
    AUTHORITY = "authority"
    ENROL = "enrol"
    EPOCH = "epoch"
    IDENTITY = "identity"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


@unique
class RevocationReason(Enum):
    """Why a key is revoked. They are for people: a revoked key is believed no more whatever the reason is.

    - `UNSPECIFIED`: not said.
    - `KEY_COMPROMISE`: somebody else may hold the secret.
    - `KEY_LOSS`: the owner no longer has the secret.
    - `SUPERSEDED`: another key has taken its place.
    - `CEASED`: the owner no longer does what the key was for.
    """

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key-compromise"
    KEY_LOSS = "key-loss"
    SUPERSEDED = "superseded"
    CEASED = "ceased"


@unique
class RevokedBy(Enum):
    """Whose word a revocation is.

    - `OWNER`: the key's own or, for an epoch, its agency's identity's.
    - `RECOVERY`: a recovery of the agency, which revokes all of its earlier identities.
    - `ROOTS`: the country's roots'. Only they may doubt what was signed before.
    """

    OWNER = "owner"
    RECOVERY = "recovery"
    ROOTS = "roots"


@unique
class QuarantineReason(Enum):
    """Why a vault's store and its anchor do not belong together. Nothing is sealed, opened or signed meanwhile.

    First find out which it is, and whether another copy of the vault is in use: if so, stop one of them. If the right
    anchor or store is found, close, put it back, and open again. Else `leave_quarantine()`.

    - `ANCHOR_MISSING`: the store was copied or restored without its anchor, or `anchor=` names another folder than it
      was made with. Do this: name the right folder; after a restore, `leave_quarantine()`.
    - `ANCHOR_DAMAGED`: the anchor cannot be read, or lacks the key that it should hold. Do this: examine the disk, then
      `leave_quarantine()`.
    - `ANCHOR_OF_ANOTHER`: the anchor is another vault's. Do this: name the right folder with `anchor=`.
    - `STORE_OLDER`: a backup or snapshot of the store was restored. Do this: put the newer store back if there is one,
      else `leave_quarantine()`.
    - `ANCHOR_OLDER`: an old anchor was restored, or a copy of the store wrote elsewhere. Do this: stop the other copy,
      then `leave_quarantine()`.
    - `DIVERGED`: a copy of the store has written, as after a snapshot. Do this: stop it, then `leave_quarantine()` of
      the one that goes on.
    - `ROWS_DIFFER`: rows of the store were put back or removed, or its files are of different times. Do this: put a
      newer store back if there is one; else find out who did it, then `leave_quarantine()`.
    - `UNKNOWN`: of a later library. Do this: update the package.
    """

    ANCHOR_MISSING = "anchor-missing"
    ANCHOR_DAMAGED = "anchor-damaged"
    ANCHOR_OF_ANOTHER = "anchor-of-another"
    STORE_OLDER = "store-older"
    ANCHOR_OLDER = "anchor-older"
    DIVERGED = "diverged"
    ROWS_DIFFER = "rows-differ"
    UNKNOWN = "unknown"


@unique
class DueKind(Enum):
    """What is due. `Agency.maintain` does the last four by itself; the others are for people and for the application.

    - `QUARANTINE`, with its `reason`: store and anchor do not belong together. Do this: see `QuarantineReason`.
    - `CONFIRM_TIME`: the clock is more than two days ahead of all that is known, and no key is prepared or destroyed.
      Do this: import a new roster or, if the clock is right, `confirm_time()`.
    - `CLOCK_BEHIND`, with how much in `behind`: the clock is behind what the vault has seen, and envelopes are dated by
      the later one. Do this: set the clock; if it is right now and was ahead before, `set_clock_back()`.
    - `RENEW_PASSPHRASE`: the vault opens only with the bytes of the passphrase that were given, and another keyboard or
      language may write others. Do this: `change_unlock`, with the same passphrase.
    - `REFRESH`, with the `country`: nothing newer is held of it than half the age that policy allows. Do this: get its
      bundle, and `import_roster`.
    - `ENROL`: the agency is not in its country's roster. Do this: bring `enrol_request(…)` to the centre, and import
      the bundle that has it.
    - `WITHDRAWN`: the agency has been withdrawn. Do this: nothing; it does not come back under this name.
    - `RECOVER`: the agency's identity is revoked. Do this: bring `recovery_request()` to the centre.
    - `RECOVERING`, with a time in `until`: the recovered identity waits out its country's delay until then, and nobody
      but the roots acts for the agency. Do this: wait, then import a bundle that was published since.
    - `FOREIGN_IDENTITY`, with its `key_id`: the roster names an identity that this vault does not hold. Do this: unless
      another device of this agency made it, somebody else speaks for the agency: have it recovered.
    - `FOREIGN_EPOCH`, with its number in `epoch`: the roster holds an epoch that this vault does not know, and mail to
      it cannot be opened here. Do this: find out who announced it, and `revoke_epoch(epoch, …)`.
    - `SEQUENCE_TWICE`, with the `sender`: it has used a sequence number twice within the last 30 days, so that a copy of
      its vault is at work beside it. Do this: tell it.
    - `ANNOUNCE`, with a `count`: so many events are not in the roster yet. Do this: bring `announcements()` to the
      centre, and import the bundle that has them.
    - `REVOKE`, with a `count`: so many keys are to be revoked once an identity of the agency signs; `maintain()` then does
      it. Do this: import the own country's newest bundle, or have the agency recovered.
    - `OTHER`: of a later library. Do this: update the package.
    - `PREPARE`, with a `count`: so many epochs are to be prepared. Do this: `maintain()`.
    - `DESTROY`, with its number in `epoch`: its secret is to be destroyed. Do this: `maintain()`.
    - `RETIRE_IDENTITY`, with its `key_id`: another has replaced it, and its secret is to be erased. Do this:
      `maintain()`.
    - `ORPHAN`, with its `path`: a temporary file that a crash has left. Do this: `maintain(folder)`.
    """

    QUARANTINE = "quarantine"
    CONFIRM_TIME = "confirm-time"
    CLOCK_BEHIND = "clock-behind"
    RENEW_PASSPHRASE = "renew-passphrase"
    REFRESH = "refresh"
    ENROL = "enrol"
    WITHDRAWN = "withdrawn"
    RECOVER = "recover"
    RECOVERING = "recovering"
    FOREIGN_IDENTITY = "foreign-identity"
    FOREIGN_EPOCH = "foreign-epoch"
    SEQUENCE_TWICE = "sequence-twice"
    ANNOUNCE = "announce"
    REVOKE = "revoke"
    OTHER = "other"
    PREPARE = "prepare"
    DESTROY = "destroy"
    RETIRE_IDENTITY = "retire-identity"
    ORPHAN = "orphan"
