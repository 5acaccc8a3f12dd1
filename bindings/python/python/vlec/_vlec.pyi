# Made by stubs.py from the sources: do not edit.
"""
The compiled half of the package `vlec`.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from os import PathLike
from typing import ClassVar
from typing import NoReturn
from vlec._enums import Padding
from vlec._errors import VlecError
from vlec._opening import Opening
from vlec._reader import EnvelopeFile
from vlec._types import LabelsDict
from vlec._types import Passphrase
from vlec._types import Progress
from vlec._types import StrPath
from vlec._types import SupportsRead
from vlec._types import SupportsReadSeek
from vlec._types import SupportsWrite
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, SupportsIndex, final
from typing_extensions import Buffer, disjoint_base
from vlec._enums import Arrival, DueKind, EpochState, EventKind, QuarantineReason, RevocationReason, RevokedBy, Urgency

__all__ = ["__version__", "Admitted", "Agency", "AgencyView", "AuthorityKeys", "Centre", "Collected", "CountryStatus", "Delivery", "Due", "EnvelopeHeader", "EpochStatus", "EpochView", "EquivocationProof", "Evidence", "Head", "IdentityKey", "IdentityView", "Imported", "InclusionProof", "Labels", "LogPublicKey", "Maintained", "Manifest", "Opened", "Policy", "Reading", "Relearned", "Reopened", "Revocation", "RootFile", "RootKey", "RootPublicKey", "Roster", "Rosters", "RotationPolicy", "Sealed", "SealedTo", "SignedCheckpoint", "SignedEvent", "SignedManifest", "TrustAnchor", "VerifiedManifest", "Window", "WitnessPublicKey", "examine_vault", "shown", "vault_owner"]

__version__: Final[str]
"""
The version, which the half in Python compares with its own.
"""

@final
class Admitted:
    """
    Where an event stands, or will stand, in the log.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def place(self, /) -> int:
        """
        The event's place, counted from 0.
        """
    @property
    def published(self, /) -> bool:
        """
        Whether a quorum has cosigned it.
        """

@final
class Agency:
    """
    An agency: its vault, the rosters that it holds, its keys, and everything that it does with them.

    One agency is used by many threads as it is, and by `asyncio.to_thread`: the interpreter is released while it
    works. What a call reports as done is durable. Nothing is sent anywhere.

    >>> with Agency.create(None, "GE/mia/cyber", key=bytes(32)) as new:   # None: in memory
    ...     new.id
    'GE/mia/cyber'

    Two calls are named `open`:

    ```
    Agency.open(home, *, passphrase=None, key=None, anchor=None) -> Agency     of the class: a vault
    agency.open(envelope) -> Opened                                            of an agency: an envelope
    ```

    The first opens the vault in the folder `home`, as it was made by `create`, and raises `VaultError`. The second
    opens an envelope, any contiguous buffer, to be accepted next, and raises `DuplicateError`, `RosterStaleError`,
    `RejectedError`, `OpenFailed` or `MalformedError`.

    >>> opened = other.open(agency.seal(b"a reply", to=other.id))
    >>> opened.content, opened.sender
    (b'a reply', 'GE/mia/cyber')
    >>> other.accept(opened, b"filed as 17/4")

    Daily: `import_roster`, `maintain`, and `announcements` to the own centre.
    """
    open: ClassVar[Opening]
    """
    Opens a vault where it is asked of the class, an envelope where it is asked of an agency.
    """
    def __enter__(self, /) -> Agency: ...
    def __exit__(self, /, *error: object) -> None: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def _open(self, /, envelope: Buffer) -> Opened:
        """
        Opens an envelope, any contiguous buffer: what is returned has the verified `content`, and who sent it, to
        whom, when and about what. That it arrived is durable before this returns; it is offered again until it is
        accepted.

        For a path or a file object use `open_file`, `open_reader` or `open_stream`.

        Raises `DuplicateError`, with the first `outcome`; `RosterStaleError`: hold the envelope, import, and
        open it again; `RejectedError`, never to be answered automatically; `OpenFailed`; `MalformedError`.

        >>> opened = other.open(agency.seal(b"a reply", to=other.id))
        >>> opened.content, opened.sender
        (b'a reply', 'GE/mia/cyber')
        """
    @staticmethod
    def _unlock(home: StrPath, *, passphrase: Passphrase | None = None, key: Buffer | None = None, anchor: StrPath | None = None) -> Agency:
        """
        Opens the agency's vault in the folder `home`.

        It is opened with `passphrase`, a `str` or a function that returns one, or with `key`, any buffer of 32
        bytes. A passphrase that is read from a file has a line end, which is to be stripped. `anchor` is the folder of
        the anchor file, where it lies outside the home. A vault that does not fit its anchor is opened in quarantine:
        look at `quarantine` next.

        Raises `VaultError` if the passphrase is wrong, another process has it open, or a row was changed.
        """
    def accept(self, /, delivery: Delivery | EnvelopeFile, outcome: Buffer | None = None) -> None:
        """
        Accepts a delivery, durably before this returns; a receipt may leave after that. It is not delivered
        again. `outcome` is at most 1 KiB of the application's own, and comes back with each duplicate.

        A stream is accepted once all of its content has been read, `f.size` bytes; then its end is looked for
        here, and whatever follows it is a `MalformedError`. What `inspect` and `reopen` return was not delivered,
        and is not accepted.

        Raises `DuplicateError` if somebody was faster; `StateError`, `MalformedError`, `VaultError`.
        """
    def accept_all(self, /, all: Iterable[tuple[Delivery | EnvelopeFile, Buffer]]) -> list[VlecError | None]:
        """
        Accepts many at once, which is much faster: pairs of a delivery and its outcome. The answer has, for
        each in order, `None` or the exception that `accept` would have raised.

        Raises `VaultError` or `MalformedError`; then none was accepted.
        """
    def accuse(self, /, proof: EquivocationProof) -> None:
        """
        Takes a proof that a country's log has shown two rosters: the country is frozen.

        Raises `RejectedError` if it proves nothing.
        """
    def announcements(self, /) -> list[SignedEvent]:
        """
        The signed events that the roster does not hold, in the order in which the centre takes them. To
        bring them twice does no harm.

        Raises `StateError`, `VaultError`.
        """
    def backup(self, /, target: StrPath) -> None:
        """
        Writes everything that the vault holds, but its anchor, into the new file `target`: a copy of one time, read
        back and compared before it has its name. To restore it, see "Backup and restore" in README.md.

        Raises `VaultError` if the rows are not what the vault wrote last, and as `seal_file` for the file.
        """
    def change_unlock(self, /, *, passphrase: Passphrase | None = None, key: Buffer | None = None) -> None:
        """
        Changes the passphrase or key, and seals everything in the vault anew.

        Raises `VaultError`.
        """
    @property
    def clock_behind(self, /) -> timedelta | None:
        """
        By how much the clock is behind what the vault has seen, if that is more than five minutes: what is
        dated now is dated so much too late, or the clock is wrong.
        """
    def close(self, /) -> None:
        """
        Closes the vault, when calls that other threads have begun have ended. Twice does no harm.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether the agency was closed.
        """
    def confirm_time(self, /) -> None:
        """
        The operator's word that the clock is right although it jumped: see `DueKind.CONFIRM_TIME`.
        """
    def conflicts(self, /, sender: str, id: str) -> list[Evidence]:
        """
        What one sender signed under one id: nothing, or the first and up to three others, which convinces a third
        party. The manifests are there until the epochs have ended that they were sealed to; afterwards their
        digests and signatures are.

        Raises `VaultError`.
        """
    @staticmethod
    def create(home: StrPath | None, agency: str, *, passphrase: Passphrase | None = None, key: Buffer | None = None, anchor: StrPath | None = None) -> Agency:
        """
        Creates the agency's vault in the folder `home`, with an identity that nobody knows yet.

        `home` is made if it is missing, but not its parent; `None` keeps the vault in memory. The vault is
        opened with `passphrase`, a `str` or a function that returns one, or with `key`, any buffer of 32
        bytes. A passphrase that is read from a file has a line end, which is to be stripped. `anchor` is the folder of
        the anchor file, where it is to lie outside the home: backups leave it out.

        Raises `VaultError` if there is one already, or it cannot be written.
        """
    def due(self, /, *folders: StrPath) -> list[Due]:
        """
        What is due, in the vault and in `folders`.

        Raises `VaultError`, `FileError`.
        """
    def enrol_request(self, /, *, names: Mapping[str, str], roles: Iterable[str] | None = None) -> SignedEvent:
        """
        The request to be enrolled, signed by the agency's identity: people compare the fingerprint, then the
        country's roots countersign it at the centre. `names` are for people, by language.

        Raises `RejectedError` if the own country is not pinned, `StateError` if the agency is enrolled
        already, `MalformedError` for names or roles that are not of their form.
        """
    def epochs(self, /) -> list[EpochStatus]:
        """
        The agency's epochs, oldest first.

        Raises `VaultError`.
        """
    def events(self, /, subject: str) -> list[tuple[int, SignedEvent]]:
        """
        The published events of an agency of any country, or of a country itself, in the order of its log,
        with their places counted from 0; but for ended epochs whose bytes have been dropped.

        Raises `VaultError`.
        """
    def examine(self, /) -> None:
        """
        Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
        the vault wrote last. Where they differ, it is quarantined.

        Raises `VaultError` if a row was changed, moved, put back or removed.
        """
    def export_roster(self, /, country: str, *, after: int = 0) -> bytes:
        """
        A bundle of what is held of a country after its first `after` events.

        Raises `RejectedError`.
        """
    def export_roster_to(self, /, file: SupportsWrite, country: str, *, after: int = 0) -> None:
        """
        As `export_roster`, written to a binary file object.

        Raises as that.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The fingerprint of the identity that signs for the agency, or will once it is enrolled: what people
        compare.
        """
    def frozen(self, /, country: str) -> EquivocationProof | None:
        """
        The proof for which a country is frozen: no new key of it counts, until it is pinned anew.
        """
    def hear(self, /, revocation: SignedEvent | Buffer | PathLike[str]) -> None:
        """
        Takes a revocation that is not in the log, or not yet: it is in force at once.

        Raises `RejectedError`.
        """
    @property
    def id(self, /) -> str:
        """
        The agency's name.
        """
    def import_roster(self, /, *bundles: Buffer | StrPath | SupportsRead) -> tuple[Imported, ...]:
        """
        Takes roster bundles, each a path, a buffer, or a binary file object: verified, then durable, then
        in force. One that is older than what is held of the same roster brings nothing and is no failure: `older`
        says so. One that is not taken keeps no other one out: when all were tried, its exception is raised, with a
        note of which it was (`error.__notes__`); of several, an `ExceptionGroup` of theirs. `except*` takes both.

        Raises `ForkError`, with the `proof`, if a log has shown two rosters; `RejectedError`,
        `MalformedError`, `FileError`.
        """
    def inspect(self, /, source: Buffer | StrPath | SupportsRead) -> VerifiedManifest:
        """
        Verifies who sent an envelope, to whom, when and about what, on its first bytes: a buffer, a path,
        or a binary file object. No content is released, nothing is delivered, and nothing is written.

        Raises as `open`, but for what the ledger says.

        >>> other.inspect(agency.seal(b"", to=other.id, labels={"case": "CH-2026-17"})).labels.case
        'CH-2026-17'
        """
    def leave_quarantine(self, /) -> None:
        """
        Ends the quarantine, on the operator's decision: every epoch in the store is destroyed and revoked.
        Mail that was under way is lost. Next, in this order: `import_roster` with every country's newest bundle,
        `maintain`, and `announcements` to the centre.

        Raises `StateError` if the agency is not in quarantine.
        """
    def maintain(self, /, *folders: StrPath) -> Maintained:
        """
        Does everything that is due and needs no human: rotates and destroys keys, prunes, and removes what
        crashes have left in `folders`, where the application seals and opens files. To be called often, at
        least once a day. What its `left` names is for people: `DueKind` says what to do. Then `announcements` are to
        be brought to the centre: without that nobody can seal to the agency after some days, three unless the
        `rotation_policy` says otherwise.

        Raises the error of the first step that failed; those before it are done, and calling it again goes on.
        """
    def open_file(self, /, source: StrPath | SupportsRead, target: StrPath | SupportsWrite, *, replace: bool = False, progress: Progress | None = None) -> Delivery:
        """
        Opens the envelope `source` into the file `target`; each is a path, or a binary file object.

        `replace` and `progress(done, total)` are as for `seal_file`: bytes of content. The total is `None` from
        path to path, where the call does not know it before it ends: `inspect(source).size` gives it. On any error
        there is no file; to a file
        object only verified content was written, and it was flushed if all went well.

        Raises `FileError`, or as `open`.
        """
    def open_reader(self, /, source: StrPath | SupportsReadSeek) -> EnvelopeFile:
        """
        Opens an envelope, a path or a seekable binary file object, to read its content at any place: an
        `io.BufferedReader` with the attributes of a `Delivery`. Each piece is verified before it is read.

        Raises `FileError`, or as `open`.
        """
    def open_stream(self, /, source: StrPath | SupportsRead) -> EnvelopeFile:
        """
        Opens an envelope that comes from front to back, as from a pipe: an `io.BufferedReader` with the
        attributes of a `Delivery`, which cannot seek. It may be accepted once all of its content has been read.

        Raises `FileError`, or as `open`.
        """
    @property
    def passphrase_is_normal(self, /) -> bool:
        """
        Whether the vault opens with its passphrase however that is written. If not, it was made when a passphrase
        counted byte for byte: `change_unlock`, with the same passphrase, makes it so.
        """
    def pending(self, /, source: Buffer | StrPath | SupportsRead) -> Delivery:
        """
        A delivery that arrived before and is not accepted yet, from its first bytes, to be accepted now: as after a
        crash between `open` and `accept`. Nothing is released, and nothing is written.

        It is for those who know that its content was read then. That it arrived does not say so: a copy that is
        damaged behind its first bytes has arrived, too. Who does not know it uses `open`.

        Raises `StateError` if it was never opened, `DuplicateError` if it was accepted, and as `inspect`.
        """
    def pin(self, /, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """
        Pins a country's anchor, which people have compared in a ceremony, with the genesis that it is the
        hash of. The own country is pinned like every other.

        Raises `RejectedError` if they do not belong together, or another anchor is pinned.
        """
    def proof(self, /, event: SignedEvent | Buffer | PathLike[str]) -> InclusionProof:
        """
        The proof that an event stands in a country's log, under the newest checkpoint: for a third party,
        who needs nothing else but the country's log key and a policy.

        Raises `StateError` or `RejectedError` if the event is not in what is published.
        """
    @property
    def quarantine(self, /) -> QuarantineReason | None:
        """
        Why the vault is quarantined: store and anchor do not belong together. `None` if they do. What to do:
        `QuarantineReason`.
        """
    def recovery_request(self, /) -> SignedEvent:
        """
        The request to be recovered, signed by the agency's next identity: the country's roots countersign it
        at the centre. What people compare is `request.identity.fingerprint`: where a rotation was prepared, that is
        another one than `agency.fingerprint`.

        Raises `StateError` if the agency is not in its country's roster.
        """
    def reopen(self, /, envelope: Buffer) -> Reopened:
        """
        Reads an accepted envelope again, while its epoch lives: no delivery, and nothing is written.

        Raises `StateError` if it was not accepted before, or as `open`.
        """
    def reopen_file(self, /, source: StrPath, target: StrPath, *, replace: bool = False, progress: Progress | None = None) -> VerifiedManifest:
        """
        As `reopen`, from the envelope file `source` into the file `target`. The total that `progress` is given is
        `None`: `inspect(source).size` gives it.

        Raises as `reopen` and `open_file`.
        """
    def reopen_stream(self, /, source: StrPath | SupportsRead) -> EnvelopeFile:
        """
        As `reopen`, from front to back, as `open_stream`.

        Raises as both.
        """
    def repin(self, /, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """
        Pins an anchor in the place of another, after a new ceremony: the country has begun anew.

        Raises as `pin`.
        """
    def revoke_epoch(self, /, number: int, *, reason: RevocationReason) -> SignedEvent:
        """
        Revokes one of the agency's epochs: nobody seals to it any more who hears of it. The event is among
        the `announcements`, and may be given to anybody to `hear`. Call `maintain` next.

        Raises `StateError` if there is no such epoch, or no identity holds.
        """
    def revoke_identity(self, /, key_id: str, *, reason: RevocationReason) -> SignedEvent:
        """
        Revokes one of the agency's identities. Without one that holds, the agency is mute until the roots
        recover it: to replace an identity in peace, use `rotate_identity`.

        Raises `StateError` if the vault does not hold the identity's secret.
        """
    @property
    def rosters(self, /) -> Rosters:
        """
        The verified rosters, to look things up in.
        """
    def rotate_identity(self, /) -> str:
        """
        Prepares the agency's next identity, and returns its key's id. Its rotation is among the
        `announcements`; it signs once the roster names it.

        Raises `StateError` if no identity of the agency holds.
        """
    @property
    def rotation_policy(self, /) -> RotationPolicy:
        """
        How the agency's epochs follow each other.
        """
    @property
    def rows_compared(self, /) -> datetime | None:
        """
        When all rows of the vault were last compared with what it wrote, which `maintain()` does once a
        day; `None` if they never were.
        """
    def seal(self, /, content: Buffer, *, to: str | Iterable[str], type: str = "application/octet-stream", labels: Labels | LabelsDict | None = None, padding: Padding | None = None, extensions: Mapping[int, Buffer] | None = None) -> bytes:
        """
        Seals `content`, any contiguous buffer, and returns the envelope.

        `to` names one recipient or several, `type` the content's media type, `application/octet-stream` unless it is given, and
        `labels` what it is about.

        Raises `RosterStaleError` if the rosters are too old, `RejectedError` if they do not allow it,
        `MalformedError` for names, labels or types that are not of their form, `StateError`, `VaultError`.

        >>> sealed = agency.seal(b"whose car is this?", to="MD/igp/search", type="text/plain",
        ...                      labels={"case": "CH-2026-17"})
        >>> EnvelopeHeader.read(sealed).recipients
        1
        """
    def seal_file(self, /, source: StrPath | SupportsRead, target: StrPath | SupportsWrite, *, to: str | Iterable[str], type: str = "application/octet-stream", labels: Labels | LabelsDict | None = None, padding: Padding | None = None, extensions: Mapping[int, Buffer] | None = None, replace: bool = False, progress: Progress | None = None, spool: StrPath | None = None) -> Sealed:
        """
        Seals what is in `source` into the envelope `target`; each is a path, or a binary file object.

        A file that has the target's name is kept, unless `replace`. `progress(done, total)` is called on
        this thread; what it raises, as Ctrl-C, stops the work and comes out as it is. On any error there is
        no file, and nothing was written to a file object unless writing itself failed, or the source has changed
        since. From a path, nothing is spooled; from a file object, the sealed body is, in the folder of the target, or
        in the folder `spool`: the system's for temporary files (`TMPDIR`) unless it is given.

        Raises `FileError`, or as `seal`.
        """
    def set_clock_back(self, /) -> None:
        """
        Discards the vault's time floor. Call this after the clock ran ahead and has been corrected. Rosters that
        were imported while it was ahead resolve nothing any more: import those of now.
        """
    def set_policy(self, /, country: str, policy: Policy) -> None:
        """
        Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other pinned
        countries', of at most six and of two at least.

        Raises `RejectedError` if the country is not pinned.
        """
    def set_rotation_policy(self, /, policy: RotationPolicy) -> None:
        """
        Changes how the agency's epochs follow each other, from the next that is prepared.

        Raises `StateError` if a value is out of bounds.
        """
    def status(self, /) -> list[CountryStatus]:
        """
        Every pinned country, by its code.
        """

@final
class AgencyView:
    """
    One agency of a roster.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def enrolled(self, /) -> datetime:
        """
        When its enrolment was published.
        """
    @property
    def epochs(self, /) -> tuple[EpochView, ...]:
        """
        Every epoch it has announced whose bytes are still there, in order.
        """
    @property
    def id(self, /) -> str:
        """
        The agency's name in the protocol.
        """
    @property
    def identities(self, /) -> tuple[IdentityView, ...]:
        """
        Every identity it has had, in order.
        """
    @property
    def names(self, /) -> dict[str, str]:
        """
        The agency's names for people, by language.
        """
    @property
    def recovering_until(self, /) -> datetime | None:
        """
        Until when its recovered identity waits, if one does: until then only the roots act for it.
        """
    @property
    def roles(self, /) -> tuple[str, ...]:
        """
        The agency's roles.
        """
    @property
    def withdrawn(self, /) -> datetime | None:
        """
        When its withdrawal was published, if it has left.
        """

@final
class AuthorityKeys:
    """
    The keys that speak for a country.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def log(self, /) -> LogPublicKey:
        """
        The log's key pair.
        """
    @property
    def roots(self, /) -> tuple[RootPublicKey, ...]:
        """
        The roots.
        """
    @property
    def threshold(self, /) -> int:
        """
        How many of them speak for the country.
        """
    @property
    def witness(self, /) -> WitnessPublicKey:
        """
        The witness's key pair.
        """

@final
class Centre:
    """
    A country's centre: its log, its witness, and its view of all rosters.

    It is used by many threads as it is; the interpreter is released while it works. Nothing is sent
    anywhere: what other centres and agencies are to have is returned as bytes.

    >>> root = RootKey.generate("GE")            # in production three or more, in `RootFile`s
    >>> with Centre.found(None, "GE", roots=[root], threshold=1, recovery_delay=timedelta(days=3),
    ...                   key=bytes(32)) as centre:
    ...     centre.country, centre.anchor == centre.genesis.anchor
    ('GE', True)
    """
    def __enter__(self, /) -> Centre: ...
    def __exit__(self, /, *error: object) -> None: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def accuse(self, /, proof: EquivocationProof) -> None:
        """
        Takes a proof that a country's log has shown two rosters: the country is frozen.

        Raises `RejectedError` if it proves nothing.
        """
    def admit(self, /, event: SignedEvent | Buffer | PathLike[str]) -> Admitted:
        """
        Admits an event that its own signers have signed: an agency's epoch, rotation or revocation. It is
        durable; asked again, the answer is the same.

        Raises `RejectedError` with the rule that it breaks; `StateError` after a restore, until the log goes on:
        agencies bring their events again. Nothing has changed then.
        """
    @property
    def anchor(self, /) -> TrustAnchor:
        """
        The country's trust anchor, for people to compare.
        """
    def authority(self, /, *, roots: Iterable[RootKey], new_roots: Iterable[RootPublicKey] | None = None, threshold: int | None = None, renew_log: bool = False, renew_witness: bool = False) -> SignedEvent:
        """
        Changes the keys that speak for the country; what is not named stays. `roots` are all those that are
        to speak from then on, and at least the threshold of those that do now; with `new_roots`, their
        public halves, comes their `threshold`. New keys of log and witness are made here.

        Raises `StateError` before the first publication, and while such a change is pending; as `enrol`.
        """
    def backup(self, /, target: StrPath) -> None:
        """
        Writes everything that the vault holds, but its anchor, into the new file `target`: a copy of one time, read
        back and compared before it has its name. To restore it, see "Backup and restore" in README.md.

        Raises `VaultError` if the rows are not what the vault wrote last, and as `seal_file` for the file.
        """
    def change_unlock(self, /, *, passphrase: Passphrase | None = None, key: Buffer | None = None) -> None:
        """
        Changes the passphrase or key of the vault.

        Raises `VaultError`.
        """
    @property
    def clock_behind(self, /) -> timedelta | None:
        """
        By how much the clock is behind what the vault has seen, if that is more than five minutes: what is
        dated now is dated so much too late, or the clock is wrong.
        """
    def close(self, /) -> None:
        """
        Closes the vault, when calls that other threads have begun have ended. Twice does no harm.
        """
    @property
    def closed(self, /) -> bool:
        """
        Whether the centre was closed.
        """
    def collect(self, /, note: SignedCheckpoint | str | Buffer | PathLike[str]) -> Collected:
        """
        Takes the cosignatures of a note that another centre has returned; at a quorum the roster is
        published.

        Raises `RejectedError`; `StateError` if nothing was proposed.
        """
    def compare_rows(self, /) -> None:
        """
        Compares all rows of the vault with what it wrote last, unless that was done within a day. To be called
        once a day.

        Raises `VaultError` if they differ, and then the vault is quarantined.
        """
    def confirm_time(self, /) -> None:
        """
        The operator's word that the clock is right, after it jumped.
        """
    def cosign(self, /, proposal: Buffer | PathLike[str]) -> SignedCheckpoint:
        """
        Judges another country's proposal by the own view and rules, and cosigns it: the note is for its log
        to `collect`.

        Raises `ForkError`, which freezes the country; `RejectedError`, `StateError`.
        """
    @property
    def country(self, /) -> str:
        """
        The country.
        """
    def enrol(self, /, request: SignedEvent | Buffer | PathLike[str], *, roots: Iterable[RootKey]) -> SignedEvent:
        """
        Enrols the agency that has made and signed `request`. Roots that have signed it elsewhere count too.

        Raises `RejectedError` with the rule that it breaks.
        """
    def events(self, /, subject: str) -> list[tuple[int, SignedEvent]]:
        """
        The published events of an agency of any country, or of a country itself, in the order of its log,
        with their places counted from 0; but for ended epochs whose bytes have been dropped.

        Raises `VaultError`.
        """
    def examine(self, /) -> None:
        """
        Opens every row of the vault, also those that nothing has asked for yet, and compares them with what
        the vault wrote last. Where they differ, it is quarantined.

        Raises `VaultError` if a row was changed, moved, put back or removed.
        """
    def export_roster(self, /, country: str, *, after: int = 0) -> bytes:
        """
        A bundle of what is held of a country after its first `after` events.

        Raises `RejectedError`.
        """
    def export_roster_to(self, /, file: SupportsWrite, country: str, *, after: int = 0) -> None:
        """
        As `export_roster`, written to a binary file object.

        Raises as that.
        """
    @staticmethod
    def found(home: StrPath | None, country: str, *, roots: Iterable[RootKey], threshold: int, recovery_delay: timedelta, passphrase: Passphrase | None = None, key: Buffer | None = None, anchor: StrPath | None = None) -> Centre:
        """
        Founds the roster of `country` in the folder `home`, or in memory with `None`: `threshold` of
        `roots` speak for it, and a recovered identity takes effect `recovery_delay` after its event was
        published. The log's and the witness's keys are made here, and never leave the vault, which is
        opened as an agency's: with `passphrase` or `key`, and `anchor`.

        `home` is made if it is missing, but not its parent; it must hold no vault, and other files in it do no harm.

        Raises `VaultError` if there is a vault already, or the folder cannot be written, `RejectedError` or
        `MalformedError` for roots, a threshold or a delay outside the limits.
        """
    def frozen(self, /, country: str) -> EquivocationProof | None:
        """
        The proof for which a country is frozen: no new key of it counts, until it is pinned anew.
        """
    @property
    def genesis(self, /) -> SignedEvent:
        """
        The country's first event, for others to pin.
        """
    def hear(self, /, revocation: SignedEvent | Buffer | PathLike[str]) -> None:
        """
        Takes a revocation that is not in the log, or not yet: it is in force at once.

        Raises `RejectedError`.
        """
    def import_roster(self, /, *bundles: Buffer | StrPath | SupportsRead) -> tuple[Imported, ...]:
        """
        Takes roster bundles, each a path, a buffer, or a binary file object: verified, then durable, then
        in force. One that is older than what is held of the same roster brings nothing and is no failure: `older`
        says so. One that is not taken keeps no other one out: when all were tried, its exception is raised, with a
        note of which it was (`error.__notes__`); of several, an `ExceptionGroup` of theirs. `except*` takes both.

        Raises `ForkError`, with the `proof`, if a log has shown two rosters; `RejectedError`,
        `MalformedError`, `FileError`.
        """
    def leave_quarantine(self, /) -> None:
        """
        Ends the quarantine of a store that was restored or copied. Nothing new is signed until others have
        told what the store may have lost: import every country's newest bundle, the own one too; `relearn` the notes
        with which other witnesses have cosigned since; `publish` and `collect` until every witness has cosigned what
        the log remembers as its last. Words count from 300 seconds after this call on: see `relearn`.

        Raises `VaultError`; the vault is then still quarantined.
        """
    @staticmethod
    def open(home: StrPath, *, passphrase: Passphrase | None = None, key: Buffer | None = None, anchor: StrPath | None = None) -> Centre:
        """
        Opens a centre, and finishes what a crash left unfinished. One that does not fit its anchor is
        opened in quarantine: see `quarantine`.

        Raises `VaultError`; `StateError` if the founding was cut off, or the vault is an agency's.
        """
    @property
    def passphrase_is_normal(self, /) -> bool:
        """
        Whether the vault opens with its passphrase however that is written. If not, it was made when a passphrase
        counted byte for byte: `change_unlock`, with the same passphrase, makes it so.
        """
    def pending(self, /) -> list[SignedEvent]:
        """
        Events that were admitted and that no quorum has cosigned yet, in the order of the log.

        Raises `VaultError`.
        """
    def pin(self, /, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """
        Pins a country: `anchor` is what people have compared, `genesis` what came with it.

        Raises `RejectedError` if they do not belong together, or another anchor is pinned.
        """
    def proof(self, /, event: SignedEvent | Buffer | PathLike[str]) -> InclusionProof:
        """
        The proof that an event stands in a country's log, under the newest checkpoint: for a third party,
        who needs nothing else but the country's log key and a policy.

        Raises `StateError` or `RejectedError` if the event is not in what is published.
        """
    def publish(self, /) -> bytes:
        """
        Signs a checkpoint over everything that is pending, and returns the proposal for the other centres
        to `cosign`. With nothing pending it is a heartbeat.

        Raises `StateError` if the log has signed what this store does not hold.
        """
    def publish_for(self, /, held: SupportsIndex) -> bytes:
        """
        As `publish`, for a witness that holds the first `held` events only and cannot take the others yet.

        Raises as that; `RejectedError` if less than `held` is published.
        """
    @property
    def quarantine(self, /) -> QuarantineReason | None:
        """
        Why the vault is quarantined: store and anchor do not belong together. `None` if they do.
        """
    def readmit(self, /, *events: SignedEvent | Buffer | PathLike[str]) -> None:
        """
        After a restore: takes again, all at once and in their order, the events that the log has signed and the
        store has lost. What `relearn` was told of must be the end of them; else nothing has changed.

        Raises `StateError` if they do not give the tree that the log has signed; `RejectedError` with the rule that
        one breaks.
        """
    def recover(self, /, request: SignedEvent | Buffer | PathLike[str], *, roots: Iterable[RootKey]) -> SignedEvent:
        """
        Recovers the agency that has made and signed `request`: every earlier identity of it is revoked at
        once, and the new one takes effect after the country's delay.

        Raises as `enrol`.
        """
    def relearn(self, /, note: SignedCheckpoint | str | Buffer | PathLike[str]) -> Relearned:
        """
        Takes a checkpoint of which this centre may have lost the memory. Says whether that log is cosigned
        again, or the own log goes on (`done`); if not, who has been heard, how many more are needed, and whose
        cosignature does not count for its time.

        Another country's log is cosigned again only once so many other witnesses of its policy have cosigned, since the
        quarantine was left, checkpoints of it that the own view has, that the others are too few for a quorum: two of
        three of which two make one, three of five of which three do. Pin, import and set policies first.
        "Since then" begins 300 seconds after `leave_quarantine`, by the times of their cosignatures: a note
        that was made before does not count, and `witnessed` of another centre may return one. So, five minutes later,
        that log is to `publish` anew, the others `cosign` it, and their notes are brought here. Without a quorum a
        proposal stays the same for half a day, and so do the times in it: with a quorum and nothing new, `publish`
        gives a new time.

        The own log goes on once every witness of its policy has cosigned, since then, the checkpoint that it remembers
        as its last: `publish`, have all of them `cosign` it, and `collect`. One that has cosigned a later one refuses:
        get what it holds (`witnessed`), and bring that note here. Where nobody has published what the log ends with,
        `readmit` the events that are missing. Until the log goes on nothing is admitted.

        Raises `RejectedError`; `ForkError`, which freezes the country.
        """
    def repin(self, /, genesis: SignedEvent | Buffer | PathLike[str], anchor: TrustAnchor | str) -> None:
        """
        Pins a country anew after a ceremony: its old roster, and its freeze, are forgotten.

        Raises `StateError` for the own country, else as `pin`.
        """
    def revoke(self, /, agency: str, key_id: str, *, reason: RevocationReason, effective: datetime, roots: Iterable[RootKey]) -> SignedEvent:
        """
        Revokes a key of an agency. It is in force at once for everybody who sees the returned event: pass it on to
        `hear`, the log is slower. `effective` says since when the key's use is doubted, as long before now as is known.

        `key_id` is that of an identity or an epoch: `rosters.current_identity(agency)` gives the identity that signs
        now, `opened.sender_key` the one that has signed an envelope, and `rosters.agency(agency)` all of them.

        A log that was restored does not admit it before it goes on: revoke again then.

        Raises as `enrol`.
        """
    @property
    def rosters(self, /) -> Rosters:
        """
        The verified rosters, to look things up in.
        """
    @property
    def rows_compared(self, /) -> datetime | None:
        """
        When all rows of the vault were last compared with what it wrote, which `compare_rows()` does once a
        day; `None` if they never were.
        """
    def set_clock_back(self, /) -> None:
        """
        Discards the vault's time floor. Call this after the clock ran ahead and has been corrected. Rosters that
        were imported while it was ahead resolve nothing any more: import those of now.
        """
    def set_policy(self, /, country: str, policy: Policy) -> None:
        """
        Says whose cosignatures the log of a pinned country needs. Unless it is set, a majority of the other pinned
        countries', of at most six and of two at least.

        Raises `RejectedError` if the country is not pinned.
        """
    def status(self, /) -> list[CountryStatus]:
        """
        Every pinned country, by its code.
        """
    def withdraw(self, /, agency: str, *, roots: Iterable[RootKey]) -> SignedEvent:
        """
        Withdraws an agency: it is neither recipient nor sender any more, and does not come back.

        Raises as `enrol`.
        """
    def witnessed(self, /, country: str) -> SignedCheckpoint | None:
        """
        The newest checkpoint of a country's log that this witness has cosigned.

        Raises `VaultError`.
        """

@final
class Collected:
    """
    How far a proposal has come.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def cosigned(self, /) -> tuple[str, ...]:
        """
        Who has cosigned, as long as it is not published.
        """
    @property
    def missing(self, /) -> tuple[str, ...]:
        """
        Whose cosignatures would count too.
        """
    @property
    def not_yet(self, /) -> tuple[tuple[str, datetime], ...]:
        """
        Who has cosigned this note, and when by the witness's clock, at a time that is still to come by this
        centre's: one of the two clocks is wrong. It counts once that time is here.
        """
    @property
    def now(self, /) -> datetime | None:
        """
        What time it is by this centre's clock, as long as it is not published.
        """
    @property
    def published(self, /) -> Imported | None:
        """
        What the published roster holds now; `None` while the policy asks for more cosignatures.
        """

@final
class CountryStatus:
    """
    A country's log, as this party sees it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def age(self, /) -> timedelta | None:
        """
        How long that is ago; `None` if there is none yet.
        """
    @property
    def anchor(self, /) -> TrustAnchor:
        """
        The pinned anchor.
        """
    @property
    def as_of(self, /) -> datetime | None:
        """
        The time of the view; `None` if there is none yet.
        """
    @property
    def cosigned(self, /) -> tuple[tuple[str, datetime], ...]:
        """
        Who has cosigned the newest checkpoint, and when.
        """
    @property
    def country(self, /) -> str:
        """
        The country.
        """
    @property
    def frozen(self, /) -> bool:
        """
        Its log has shown two rosters: no new key of it counts.
        """
    @property
    def missing(self, /) -> tuple[str, ...]:
        """
        Who else would count.
        """
    @property
    def not_yet(self, /) -> tuple[tuple[str, datetime], ...]:
        """
        Who has cosigned it, and when by the witness's clock, at a time that is still to come by the own one:
        one of the two is wrong. It counts once that time is here.
        """
    @property
    def now(self, /) -> datetime:
        """
        What time it is by the own clock.
        """
    @property
    def pending(self, /) -> int:
        """
        How many events are admitted and not published: known of a centre's own log only.
        """
    @property
    def quorum(self, /) -> datetime | None:
        """
        The time that the cosignatures give, if they are a quorum.
        """
    @property
    def relearn(self, /) -> bool:
        """
        A centre's store was restored: the log is not cosigned until `relearn` is done.
        """
    @property
    def size(self, /) -> int:
        """
        The number of events in the view; 0 if there is none yet.
        """
    @property
    def stale(self, /) -> bool:
        """
        The view is older than the policy allows, or there is none: nothing new is sealed.
        """

@disjoint_base
class Delivery(VerifiedManifest):
    """
    An envelope that was opened, and is to be accepted.
    """
    @property
    def arrival(self, /) -> Arrival:
        """
        Whether it arrived before. That says nothing of its content: see `Arrival`.
        """

@final
class Due:
    """
    One thing that is due; the attributes that its kind does not need are `None`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def behind(self, /) -> timedelta | None:
        """
        By how much the clock is behind.
        """
    @property
    def count(self, /) -> int | None:
        """
        How many events, keys or epochs.
        """
    @property
    def country(self, /) -> str | None:
        """
        The country whose bundle is to be imported.
        """
    @property
    def epoch(self, /) -> int | None:
        """
        The epoch's number.
        """
    @property
    def key_id(self, /) -> str | None:
        """
        The key.
        """
    @property
    def kind(self, /) -> DueKind:
        """
        What.
        """
    @property
    def path(self, /) -> Path | None:
        """
        The file that a crash has left.
        """
    @property
    def reason(self, /) -> QuarantineReason | None:
        """
        Why the vault is quarantined.
        """
    @property
    def sender(self, /) -> str | None:
        """
        The sender that used a number twice.
        """
    @property
    def until(self, /) -> datetime | None:
        """
        Until when a recovery waits.
        """

@final
class EnvelopeHeader:
    """
    What an envelope shows without a key; nothing of it is authentic.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def front_size(self, /) -> int:
        """
        The bytes before the body: header and sealed manifest.
        """
    @property
    def id(self, /) -> str:
        """
        The envelope's id.
        """
    @staticmethod
    def read(source: Buffer | StrPath | SupportsRead) -> EnvelopeHeader:
        """
        Reads an envelope's first bytes, from a buffer, a path, or a binary file object.

        Raises `MalformedError`, `FileError`.

        >>> EnvelopeHeader.read(b"PK, and no envelope")
        Traceback (most recent call last):
            ...
        vlec.MalformedError: magic number is malformed: this is no envelope
        """
    @property
    def recipients(self, /) -> int:
        """
        The number of recipients.
        """
    @property
    def suite(self, /) -> int:
        """
        The suite's number.
        """
    @property
    def version(self, /) -> int:
        """
        The envelope's version.
        """

@final
class EpochStatus:
    """
    One of an agency's epochs.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def key_id(self, /) -> str:
        """
        The id of its key.
        """
    @property
    def number(self, /) -> int:
        """
        Its number.
        """
    @property
    def state(self, /) -> EpochState:
        """
        What it is doing now.
        """
    @property
    def window(self, /) -> Window:
        """
        When it is used.
        """

@final
class EpochView:
    """
    One epoch of an agency.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def announced(self, /) -> datetime:
        """
        When it was published.
        """
    @property
    def announced_by(self, /) -> str:
        """
        The identity that announced it.
        """
    @property
    def key_id(self, /) -> str:
        """
        The key's id.
        """
    @property
    def number(self, /) -> int:
        """
        The epoch's number.
        """
    @property
    def revocation(self, /) -> Revocation | None:
        """
        What ended it.
        """
    @property
    def window(self, /) -> Window:
        """
        When the key is used.
        """

@final
class EquivocationProof:
    """
    Two signed checkpoints of one log that cannot both be of an honest one.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def anchor(self, /) -> TrustAnchor:
        """
        The log.
        """
    @property
    def checkpoints(self, /) -> tuple[SignedCheckpoint, SignedCheckpoint]:
        """
        The two checkpoints, the smaller first.
        """
    @staticmethod
    def decode(proof: Buffer) -> EquivocationProof:
        """
        Reads a proof, and verifies nothing: `accuse` does.

        Raises `MalformedError`.
        """
    def encode(self, /) -> bytes:
        """
        The bytes of the proof, for everybody to verify.
        """

@final
class Evidence:
    """
    What is kept of a manifest that a sender signed: its digest and signature, and until the epoch ends that it was
    sealed to, the manifest itself.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def digest(self, /) -> bytes:
        """
        SHA-512 of the manifest's bytes, which is what the signature is over.
        """
    @property
    def manifest(self, /) -> SignedManifest | None:
        """
        The manifest as the sender signed it; `None` once the epoch that it was sealed to has ended.
        """
    @property
    def signature(self, /) -> bytes:
        """
        The sender's composite signature.
        """
    def verify(self, /, identity: IdentityKey) -> None:
        """
        Verifies that `identity` signed a manifest of this digest, offline and without any secret.

        Raises `OpenFailed` if the signature does not hold, and as `SignedManifest.verify` where the manifest is
        there.
        """

@final
class Head:
    """
    A view of one roster.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def origin(self, /) -> str:
        """
        The log's name.
        """
    @property
    def root(self, /) -> str:
        """
        The root of the log's tree, 64 hexadecimal digits.
        """
    @property
    def size(self, /) -> int:
        """
        The number of events.
        """

@final
class IdentityKey:
    """
    The public half of an agency's identity: it verifies what was signed once.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def decode(agency: str, key: Buffer) -> IdentityKey:
        """
        Parses and checks the bytes of a key.

        Raises `MalformedError` for a wrong length, or a key that the suite refuses.
        """
    def encode(self, /) -> bytes:
        """
        The bytes of the key.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The form that two people read to each other.
        """
    @property
    def id(self, /) -> str:
        """
        The key's id, 64 hexadecimal digits.
        """

@final
class IdentityView:
    """
    One identity of an agency.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def announced(self, /) -> datetime:
        """
        When it was published.
        """
    @property
    def key(self, /) -> IdentityKey:
        """
        The public key, which verifies what was signed once.
        """
    @property
    def key_id(self, /) -> str:
        """
        The key's id.
        """
    @property
    def revocation(self, /) -> Revocation | None:
        """
        What ended it.
        """
    @property
    def takes_effect(self, /) -> datetime:
        """
        When it takes effect.
        """
    @property
    def vouched_by(self, /) -> str | None:
        """
        The identity that vouched for it; `None` if the roots did.
        """

@final
class Imported:
    """
    What an import brought.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def as_of(self, /) -> datetime:
        """
        The time of the view now.
        """
    @property
    def country(self, /) -> str:
        """
        The roster's country.
        """
    @property
    def new(self, /) -> int:
        """
        How many of them are new.
        """
    @property
    def older(self, /) -> bool:
        """
        Whether the bundle was older than what is held, which stays.
        """
    @property
    def size(self, /) -> int:
        """
        The number of events now.
        """

@final
class InclusionProof:
    """
    A proof that an event stands at a place of a log; nothing in it is verified before `verify`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def checkpoint(self, /) -> SignedCheckpoint:
        """
        The checkpoint, not verified.
        """
    @staticmethod
    def decode(proof: Buffer) -> InclusionProof:
        """
        Reads a proof, a C2SP tlog-proof.

        Raises `MalformedError`.
        """
    def encode(self, /) -> str:
        """
        The proof's text.
        """
    @property
    def index(self, /) -> int:
        """
        The event's place in the log, counted from 0.
        """
    def verify(self, /, leaf: Buffer, *, anchor: TrustAnchor | str, log: LogPublicKey, policy: Policy, latest: datetime) -> datetime:
        """
        That the event of this `leaf` stands at `index` of the log of `anchor`, whose keys are `log`,
        and the time at which a quorum of `policy` has said so, none of it later than `latest`.

        Raises `RejectedError`.
        """

@final
class Labels:
    """
    What content is about. Texts have 1 to 255 bytes and no control characters.

    A mapping with the same keys will do wherever labels are expected; `LabelsDict` is its type.

    >>> labels = Labels(case="CH-2026-17", urgency=Urgency.URGENT)
    >>> labels.case, labels.urgency.value
    ('CH-2026-17', 'urgent')
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, case: str | None = None, operation: str | None = None, in_reply_to: str | None = None, handling: str | None = None, urgency: Urgency | None = None, deadline: datetime | None = None, file_name: str | None = None, replaces: str | None = None) -> Labels: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str:
        """
        Which labels there are: their texts belong to a case, and go into no log.
        """
    @property
    def case(self, /) -> str | None:
        """
        The case it belongs to.
        """
    @property
    def deadline(self, /) -> datetime | None:
        """
        When an answer is due.
        """
    @property
    def file_name(self, /) -> str | None:
        """
        The content's file name: a name without a path.
        """
    @property
    def handling(self, /) -> str | None:
        """
        How it may be handled.
        """
    @property
    def in_reply_to(self, /) -> str | None:
        """
        The id of the envelope that it answers.
        """
    @property
    def operation(self, /) -> str | None:
        """
        The joint operation it belongs to.
        """
    @property
    def replaces(self, /) -> str | None:
        """
        The id of the earlier envelope that this one seals again.
        """
    @property
    def urgency(self, /) -> Urgency | None:
        """
        How soon it is to be read.
        """

@final
class LogPublicKey:
    """
    The public half of a country's log key pair.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def decode(country: str, key: Buffer) -> LogPublicKey:
        """
        Parses and checks the bytes of a key.

        Raises `MalformedError` for a wrong length, or a key that the suite refuses.
        """
    def encode(self, /) -> bytes:
        """
        The bytes of the key.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The form that two people read to each other.
        """
    @property
    def id(self, /) -> str:
        """
        The key's id, 64 hexadecimal digits.
        """

@final
class Maintained:
    """
    What a maintenance did, and what is left for people and for the application.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def done(self, /) -> tuple[Due, ...]:
        """
        Done, and durable.
        """
    @property
    def left(self, /) -> tuple[Due, ...]:
        """
        Still due.
        """

@disjoint_base
class Manifest:
    """
    What an envelope's sender has signed.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def content_type(self, /) -> str:
        """
        The content's media type.
        """
    def encode(self, /) -> bytes:
        """
        The manifest's bytes.
        """
    @property
    def extensions(self, /) -> dict[int, bytes]:
        """
        Values of kinds that a later specification defines, by their number.
        """
    @property
    def heads(self, /) -> tuple[Head, ...]:
        """
        The sender's view of the rosters.
        """
    @property
    def id(self, /) -> str:
        """
        The envelope's id, by which a reply names it.
        """
    @property
    def labels(self, /) -> Labels:
        """
        What the content is about.
        """
    @property
    def recipients(self, /) -> tuple[str, ...]:
        """
        All to whom it is sealed.
        """
    @property
    def sealed_at(self, /) -> datetime:
        """
        When it was sealed: the sender's word.
        """
    @property
    def sealed_to(self, /) -> tuple[SealedTo, ...]:
        """
        The same, with their epochs and keys.
        """
    @property
    def sender(self, /) -> str:
        """
        Who sealed it.
        """
    @property
    def sender_key(self, /) -> str:
        """
        The id of the identity under which it is signed.
        """
    @property
    def sequence(self, /) -> int:
        """
        The sender's sequence number; gaps are legal.
        """
    @property
    def size(self, /) -> int:
        """
        The content's length in bytes.
        """

@final
class Opened(Delivery):
    """
    An envelope that was opened in memory.
    """
    @property
    def content(self, /) -> bytes:
        """
        The content.
        """

@final
class Policy:
    """
    Whose cosignatures a checkpoint of one country's log needs: a C2SP tlog-policy.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @staticmethod
    def of(witnesses: Iterable[tuple[TrustAnchor | str, WitnessPublicKey]], *, threshold: int) -> Policy:
        """
        `threshold` of the witnesses of these countries.

        Raises `MalformedError` if a country or key is named twice, or the threshold is out of bounds.
        """
    @staticmethod
    def parse(text: str) -> Policy:
        """
        Reads a policy.

        Raises `MalformedError`, with the `line` and what is wrong with it as its cause.
        """
    @property
    def text(self, /) -> str:
        """
        The policy as it was read, comments too.
        """
    @property
    def witnesses(self, /) -> tuple[str, ...]:
        """
        The key names of the witnesses, in the order of the policy.
        """

@final
class Reading:
    """
    What `python/vlec/_reader.py` makes a file object of.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def close(self, /) -> None:
        """
        Lets go of the envelope.
        """
    @property
    def delivery(self, /) -> Delivery:
        """
        What was opened.
        """
    def readinto(self, buffer: Buffer, /) -> int:
        """
        Reads verified content into `buffer`; 0 at the end.
        """
    def seek(self, offset: SupportsIndex, whence: SupportsIndex = 0, /) -> int:
        """
        Moves to a place in the content, as `io.IOBase.seek` does.
        """
    @property
    def seekable(self, /) -> bool:
        """
        Whether it can be read at any place.
        """
    def tell(self, /) -> int:
        """
        How many bytes of content lie before the next.
        """

@final
class Relearned:
    """
    How far a centre has come with what its restored store may have lost of one log.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def cosigned(self, /) -> tuple[str, ...]:
        """
        Who has cosigned since the restore.
        """
    @property
    def done(self, /) -> bool:
        """
        Whether that log is cosigned again, or the own log goes on; the attributes below then say nothing.
        """
    @property
    def missing(self, /) -> tuple[str, ...]:
        """
        Whose cosignatures would count too.
        """
    @property
    def needed(self, /) -> int:
        """
        How many more witnesses are needed.
        """
    @property
    def not_yet(self, /) -> tuple[tuple[str, datetime], ...]:
        """
        Who has cosigned this note, and when by the witness's clock, at a time that is still to come by this
        centre's: one of the two clocks is wrong. It counts once that time is here.
        """
    @property
    def now(self, /) -> datetime | None:
        """
        What time it is by this centre's clock, as long as it is not done.
        """
    @property
    def since(self, /) -> datetime | None:
        """
        From when on cosignatures count, as long as it is not done.
        """
    @property
    def too_old(self, /) -> tuple[tuple[str, datetime], ...]:
        """
        Who has cosigned this note, and when, before others' words count: that shows nothing of what was lost.
        The log is to publish anew, and they to cosign that.
        """

@final
class Reopened(VerifiedManifest):
    """
    The content of an envelope that was accepted before: to be read, not to be acted on again.
    """
    @property
    def content(self, /) -> bytes:
        """
        The content.
        """

@final
class Revocation:
    """
    A key that is revoked.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def by(self, /) -> RevokedBy:
        """
        Who revoked it.
        """
    @property
    def effective(self, /) -> datetime | None:
        """
        From when the key's use is doubted; `None` if the owner's event states no time.
        """
    @property
    def key_id(self, /) -> str | None:
        """
        The key's id, where the event names it.
        """
    @property
    def reason(self, /) -> RevocationReason:
        """
        Why.
        """
    @property
    def seen(self, /) -> datetime | None:
        """
        When it was published; `None` in an event.
        """

@final
class RootFile:
    """
    A root key's file, read and not opened.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def country(self, /) -> str:
        """
        Whose root it is.
        """
    @staticmethod
    def create(path: StrPath, country: str, *, passphrase: Passphrase | None = None, key: Buffer | None = None) -> RootFile:
        """
        Makes a root key of `country`, and a file that holds it under `passphrase` or `key`. A file that
        exists is never replaced.

        Raises `FileError`; `VaultError` for an empty passphrase.
        """
    def open(self, /, *, passphrase: Passphrase | None = None, key: Buffer | None = None) -> RootKey:
        """
        The key, to sign with. Warns if only the bytes of the passphrase that were given have opened it: another
        keyboard or language may write others.

        Raises `VaultError` for the wrong passphrase or key.
        """
    @property
    def public(self, /) -> RootPublicKey:
        """
        The public half, as the file says; opening it shows that the secret is its own.
        """
    @staticmethod
    def read(path: StrPath) -> RootFile:
        """
        Reads a file.

        Raises `FileError`; `VaultError` if it is damaged, or none.
        """

@final
class RootKey:
    """
    The secret half of one of a country's root keys. It has no bytes to be read; leave its `with` block as
    soon as it has signed.
    """
    def __enter__(self, /) -> RootKey: ...
    def __exit__(self, /, *error: object) -> None: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def close(self, /) -> None:
        """
        Wipes the key, when calls that other threads have begun have ended.
        """
    @staticmethod
    def generate(country: str) -> RootKey:
        """
        A new key that is kept nowhere: for trials. A country's roots are made by `RootFile.create`.
        """
    @property
    def public(self, /) -> RootPublicKey:
        """
        The public half.
        """

@final
class RootPublicKey:
    """
    The public half of one of a country's root keys.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def decode(country: str, key: Buffer) -> RootPublicKey:
        """
        Parses and checks the bytes of a key.

        Raises `MalformedError` for a wrong length, or a key that the suite refuses.
        """
    def encode(self, /) -> bytes:
        """
        The bytes of the key.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The form that two people read to each other.
        """
    @property
    def id(self, /) -> str:
        """
        The key's id, 64 hexadecimal digits.
        """

@final
class Roster:
    """
    A country's roster, as it is held.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def agencies(self, /) -> tuple[str, ...]:
        """
        The names of its agencies, enrolled or withdrawn.
        """
    @property
    def anchor(self, /) -> TrustAnchor:
        """
        The anchor from which it was verified.
        """
    @property
    def as_of(self, /) -> datetime:
        """
        The time of the view.
        """
    @property
    def authority(self, /) -> AuthorityKeys:
        """
        The keys that speak for the country.
        """
    @property
    def checkpoint(self, /) -> SignedCheckpoint | None:
        """
        The newest checkpoint under which it was seen.
        """
    @property
    def country(self, /) -> str:
        """
        The country.
        """
    @property
    def head(self, /) -> Head:
        """
        The log's name, its size and the root of its tree.
        """
    @property
    def size(self, /) -> int:
        """
        The number of events.
        """

@final
class Rosters:
    """
    The verified rosters that an agency or a centre holds, as they are at each question.
    """
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def agency(self, /, agency: str) -> AgencyView | None:
        """
        One agency, enrolled or withdrawn; `None` if its country's roster does not name it.
        """
    def all(self, /) -> tuple[Roster, ...]:
        """
        Every roster, by country.
        """
    def country(self, /, country: str) -> Roster | None:
        """
        The roster of a country, if one is held.
        """
    def current_identity(self, /, agency: str) -> str | None:
        """
        The id of the identity that signs for an agency now, if one does.
        """
    @property
    def pinned(self, /) -> tuple[TrustAnchor, ...]:
        """
        The anchors that are pinned, by country.
        """
    def policy(self, /, country: str) -> Policy | None:
        """
        Whose cosignatures the log of a country needs.
        """
    def revocation(self, /, country: str, key_id: str) -> Revocation | None:
        """
        The revocation of a key that a country's roster has logged or heard of.
        """

@final
class RotationPolicy:
    """
    How an agency's epochs follow each other.

    `epoch` is for how long one is sealed to, `open_for` for how long after that it is opened, and
    `announce_ahead` how many whole ones are announced beyond the current one.

    >>> from datetime import timedelta
    >>> RotationPolicy(epoch=timedelta(hours=12)).open_for
    datetime.timedelta(days=7)
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, *, epoch: timedelta | None = None, open_for: timedelta | None = None, announce_ahead: int | None = None) -> RotationPolicy: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def announce_ahead(self, /) -> int:
        """
        How many whole epochs are announced beyond the current one.
        """
    @property
    def epoch(self, /) -> timedelta:
        """
        For how long an epoch is sealed to.
        """
    @property
    def open_for(self, /) -> timedelta:
        """
        For how long after that it is opened.
        """

@final
class Sealed:
    """
    An envelope that was written to a file or a stream.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def id(self, /) -> str:
        """
        Its id, by which a reply names it.
        """
    @property
    def size(self, /) -> int:
        """
        Its length in bytes.
        """

@final
class SealedTo:
    """
    One recipient as the sender signed it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def agency(self, /) -> str:
        """
        The agency.
        """
    @property
    def epoch(self, /) -> int:
        """
        The number of the epoch that was sealed to.
        """
    @property
    def key_id(self, /) -> str:
        """
        The id of that epoch's key.
        """

@final
class SignedCheckpoint:
    """
    A checkpoint of a country's log with the signatures of the log and of witnesses, none of them verified.

    Its text is a C2SP signed note, which may be sent as it is.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def anchor(self, /) -> TrustAnchor:
        """
        The anchor that names the log.
        """
    @staticmethod
    def decode(note: str | Buffer) -> SignedCheckpoint:
        """
        Reads a note, as `str` or in a buffer.

        Raises `MalformedError`.
        """
    def encode(self, /) -> str:
        """
        The note's text.
        """
    @property
    def root(self, /) -> bytes:
        """
        The root of the log's tree.
        """
    @property
    def size(self, /) -> int:
        """
        The number of events.
        """

@final
class SignedEvent:
    """
    A signed roster event, not verified: that it holds, a roster says that has taken it.
    """
    def __bytes__(self, /) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def anchor(self, /) -> TrustAnchor | None:
        """
        The trust anchor that a genesis makes.
        """
    @property
    def body(self, /) -> bytes:
        """
        The bytes that are signed.
        """
    @staticmethod
    def decode(event: Buffer) -> SignedEvent:
        """
        Reads an event from its bytes.

        Raises `MalformedError`.
        """
    def encode(self, /) -> bytes:
        """
        The event's bytes, to be brought to a centre.
        """
    @property
    def epoch(self, /) -> int | None:
        """
        The number of the epoch that is announced.
        """
    @property
    def identity(self, /) -> IdentityKey | None:
        """
        The identity that an enrolment, a rotation or a recovery names.
        """
    @property
    def is_recovery(self, /) -> bool:
        """
        Whether the roots, and not the identity before it, vouch for the identity.
        """
    @property
    def keys(self, /) -> AuthorityKeys | None:
        """
        The keys that a genesis or an authority names.
        """
    @property
    def kind(self, /) -> EventKind:
        """
        What the event is about.
        """
    @property
    def leaf(self, /) -> bytes:
        """
        The event's leaf in the log, with which an `InclusionProof` is verified.
        """
    @property
    def names(self, /) -> dict[str, str]:
        """
        The names of an enrolment, by language.
        """
    @property
    def revocation(self, /) -> Revocation | None:
        """
        What is revoked.
        """
    @property
    def roles(self, /) -> tuple[str, ...]:
        """
        The roles of an enrolment.
        """
    @property
    def serial(self, /) -> int:
        """
        The event's place in the subject's chain.
        """
    @property
    def signers(self, /) -> tuple[str, ...]:
        """
        The ids of the keys that have signed.
        """
    @property
    def subject(self, /) -> str:
        """
        The country of a genesis or an authority, the agency of every other event.
        """
    @property
    def window(self, /) -> Window | None:
        """
        When the epoch that is announced is used.
        """

@final
class SignedManifest:
    """
    A manifest's bytes and signature: what a recipient shows to a third party.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, manifest: Buffer, signature: Buffer) -> SignedManifest: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def manifest(self, /) -> bytes:
        """
        The manifest as the sender encoded it.
        """
    @property
    def signature(self, /) -> bytes:
        """
        The sender's composite signature.
        """
    def verify(self, /, identity: IdentityKey) -> Manifest:
        """
        Verifies that `identity` signed the manifest, offline and without any secret. Whether the key was
        the sender's, and whether it was revoked later, the sender's roster says.

        Raises `MalformedError`, `RejectedError` if the manifest names another key, `OpenFailed` if the
        signature does not hold.
        """

@final
class TrustAnchor:
    """
    A country and the hash of its genesis: what other countries pin in a ceremony.

    >>> anchor = TrustAnchor("vlec/1/GE/" + "a1" * 32)
    >>> anchor.country, anchor.fingerprint
    ('GE', 'a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1 a1a1')
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, text: str) -> TrustAnchor: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def country(self, /) -> str:
        """
        The country.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The form that two people read to each other.
        """

class VerifiedManifest(Manifest):
    """
    A manifest whose sender, recipients and signature have been verified by the rosters.
    """
    @property
    def digest(self, /) -> bytes | None:
        """
        SHA-512 of the manifest's bytes: the envelope's identity in a ledger.
        """
    @property
    def opened_with(self, /) -> SealedTo | None:
        """
        The recipient whose key opened the envelope.
        """
    @property
    def signed(self, /) -> SignedManifest | None:
        """
        The signed bytes, to be kept as evidence.
        """

@final
class Window:
    """
    When an epoch's key is used: sealed to from `not_before` until `not_after`, opened until `destroy_at`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @property
    def destroy_at(self, /) -> datetime:
        """
        The first second in which the key no longer opens.
        """
    @property
    def not_after(self, /) -> datetime:
        """
        The first second in which the key is no longer sealed to.
        """
    @property
    def not_before(self, /) -> datetime:
        """
        The first second in which the key is sealed to.
        """

@final
class WitnessPublicKey:
    """
    The public half of a country's witness key pair.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> NoReturn: ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def decode(country: str, key: Buffer) -> WitnessPublicKey:
        """
        Parses and checks the bytes of a key.

        Raises `MalformedError` for a wrong length, or a key that the suite refuses.
        """
    def encode(self, /) -> bytes:
        """
        The bytes of the key.
        """
    @property
    def fingerprint(self, /) -> str:
        """
        The form that two people read to each other.
        """
    @property
    def id(self, /) -> str:
        """
        The key's id, 64 hexadecimal digits.
        """

def examine_vault(home: StrPath, *, anchor: StrPath | None = None) -> None:
    """
    Examines what the vault in the folder `home` occupies for damage, without a key.

    Raises `VaultError` if it is damaged, there is none, or another process has it open.
    """

def shown(text: str, /) -> str:
    """
    Another's text as it may be shown to people: in NFC, with every character that shows nothing, or turns the
    direction of writing, written out. Labels are what their sender has signed: compare and show them so.

    >>> shown("A-1\\u200b7")
    'A-1\\\\u{200b}7'
    """

def vault_owner(home: StrPath, *, anchor: StrPath | None = None) -> str:
    """
    Whose vault is in the folder `home`, which is no secret; a centre is named by its country alone.

    Raises `VaultError` if there is none, or another process has it open.
    """
