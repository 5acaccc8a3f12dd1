"""The cryptographic layer for agencies of several countries that work together without a common centre.

>>> import vlec
>>> with vlec.Agency.create(None, "GE/mia/cyber", key=bytes(32)) as agency:   # None: in memory
...     agency
Agency(GE/mia/cyber)

`Agency` is for those who exchange mail, `Centre` and `RootFile` for those who run a country's roster. Names and
ids are `str` in their canonical text, times are aware `datetime`s, content is any contiguous buffer and comes
back as `bytes`. Nothing is sent anywhere: what others are to have is returned as bytes and files.

Python cannot wipe the copies that it makes: a passphrase in a `str` and content in a `bytes` stay in its memory
until that is used again. What this library holds itself is wiped.
"""

from vlec._single import check

# Before the compiled half: its types belong to one interpreter.
check()

from vlec import _vlec  # noqa: E402

__version__ = "0.1.0"
# An update that has replaced one half would otherwise fail somewhere later.
if _vlec.__version__ != __version__:
    raise ImportError(
        f"the compiled half of vlec is of version {_vlec.__version__}, and the other of {__version__}: install it again"
    )

from vlec._enums import (  # noqa: E402
    Arrival,
    DueKind,
    EpochState,
    EventKind,
    Padding,
    QuarantineReason,
    RevocationReason,
    RevokedBy,
    Urgency,
)
from vlec._errors import (  # noqa: E402
    DuplicateError,
    FileAccessError,
    FileError,
    FileMissingError,
    FileTakenError,
    ForkError,
    InternalError,
    MalformedError,
    OpenFailed,
    RejectedError,
    RosterStaleError,
    StateError,
    VaultError,
    VlecError,
)
from vlec._party import Party  # noqa: E402
from vlec._reader import EnvelopeFile  # noqa: E402
from vlec._types import LabelsDict, Passphrase, Progress, StrPath  # noqa: E402
from vlec._vlec import (  # noqa: E402
    Admitted,
    Agency,
    AgencyView,
    AuthorityKeys,
    Centre,
    Collected,
    CountryStatus,
    Delivery,
    Due,
    EnvelopeHeader,
    EpochStatus,
    EpochView,
    EquivocationProof,
    Evidence,
    Head,
    IdentityKey,
    IdentityView,
    Imported,
    InclusionProof,
    Labels,
    LogPublicKey,
    Maintained,
    Manifest,
    Opened,
    Policy,
    Relearned,
    Reopened,
    Revocation,
    RootFile,
    RootKey,
    RootPublicKey,
    Roster,
    Rosters,
    RotationPolicy,
    Sealed,
    SealedTo,
    SignedCheckpoint,
    SignedEvent,
    SignedManifest,
    TrustAnchor,
    VerifiedManifest,
    Window,
    WitnessPublicKey,
    examine_vault,
    shown,
    vault_owner,
)

__all__ = [
    "Admitted",
    "Agency",
    "AgencyView",
    "Arrival",
    "AuthorityKeys",
    "Centre",
    "Collected",
    "CountryStatus",
    "Delivery",
    "Due",
    "DueKind",
    "DuplicateError",
    "EnvelopeFile",
    "EnvelopeHeader",
    "EpochState",
    "EpochStatus",
    "EpochView",
    "EquivocationProof",
    "Evidence",
    "EventKind",
    "FileAccessError",
    "FileError",
    "FileMissingError",
    "FileTakenError",
    "ForkError",
    "Head",
    "IdentityKey",
    "IdentityView",
    "Imported",
    "InclusionProof",
    "InternalError",
    "Labels",
    "LabelsDict",
    "LogPublicKey",
    "Maintained",
    "MalformedError",
    "Manifest",
    "OpenFailed",
    "Opened",
    "Padding",
    "Party",
    "Passphrase",
    "Policy",
    "Progress",
    "QuarantineReason",
    "RejectedError",
    "Relearned",
    "Reopened",
    "RevocationReason",
    "Revocation",
    "RevokedBy",
    "RootFile",
    "RootKey",
    "RootPublicKey",
    "Roster",
    "RosterStaleError",
    "Rosters",
    "RotationPolicy",
    "Sealed",
    "SealedTo",
    "SignedCheckpoint",
    "SignedEvent",
    "SignedManifest",
    "StateError",
    "StrPath",
    "TrustAnchor",
    "Urgency",
    "VaultError",
    "VerifiedManifest",
    "VlecError",
    "Window",
    "WitnessPublicKey",
    "examine_vault",
    "shown",
    "vault_owner",
]
