"""What agencies and centres do with rosters."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import vlec
from conftest import CYBER, SEARCH, raises


def test_a_country_is_pinned_by_what_people_have_compared(countries):
    georgia, ukraine = countries.centres["GE"], countries.centres["UA"]
    with vlec.Agency.create(None, "GE/new", key=bytes(32)) as agency:
        agency.pin(georgia.genesis.encode(), str(georgia.anchor))
        agency.pin(georgia.genesis, georgia.anchor)
        with raises(vlec.RejectedError, "not-the-anchor"):
            agency.pin(georgia.genesis, ukraine.anchor)
        with raises(vlec.MalformedError, "event-malformed"):
            agency.pin(b"no event", georgia.anchor)
        with raises(vlec.MalformedError, "malformed"):
            agency.pin(georgia.genesis, "vlec/1/GE/12")
        assert agency.rosters.pinned == (georgia.anchor,)
        agency.repin(georgia.genesis, georgia.anchor)
        with raises(vlec.RejectedError, "not-the-anchor"):
            agency.repin(georgia.genesis, ukraine.anchor)


def test_another_anchor_takes_a_new_ceremony(countries):
    georgia = countries.centres["GE"]
    with (
        vlec.RootKey.generate("GE") as root,
        vlec.Centre.found(
            None, "GE", roots=[root], threshold=1, recovery_delay=timedelta(days=1), key=bytes(32)
        ) as second,
        vlec.Agency.create(None, "UA/x", key=bytes(32)) as agency,
    ):
        agency.pin(georgia.genesis, georgia.anchor)
        with raises(vlec.RejectedError, "roster-other-anchor"):
            agency.pin(second.genesis, second.anchor)
        agency.repin(second.genesis, second.anchor)
        assert agency.rosters.pinned == (second.anchor,)
        other = countries.centres["UA"]
        with raises(vlec.StateError, "own-log"):
            other.repin(other.genesis, other.anchor)


def test_bundles_come_as_buffers_paths_and_file_objects(countries, tmp_path):
    bundles = {code: centre.export_roster(code) for code, centre in countries.centres.items()}
    path = tmp_path / "ua.bundle"
    with path.open("wb") as f:
        countries.centres["UA"].export_roster_to(f, "UA")
    assert path.read_bytes() == bundles["UA"]
    with vlec.Agency.create(None, "GE/new", key=bytes(32)) as agency:
        with raises(vlec.RejectedError, "not-pinned"):
            agency.import_roster(bundles["GE"])
        for centre in countries.centres.values():
            agency.pin(centre.genesis, centre.anchor)
        first, second = agency.import_roster(bundles["GE"], path)
        assert (first.country, second.country) == ("GE", "UA") and first.new == first.size > 1
        assert agency.import_roster(str(path))[0].new == 0
        with path.open("rb") as f:
            assert agency.import_roster(f)[0].country == "UA"
        assert agency.import_roster(memoryview(bundles["AZ"]))[0].size == 1
        assert agency.import_roster() == ()
        out = io.BytesIO()
        agency.export_roster_to(out, "GE", after=1)
        assert out.getvalue() == agency.export_roster("GE", after=1)
        assert len(out.getvalue()) < len(bundles["GE"])
        with pytest.raises(FileNotFoundError):
            agency.import_roster(tmp_path / "missing")
        with raises(vlec.MalformedError, "event-malformed"):
            agency.import_roster(b"no bundle")
        with raises(vlec.RejectedError, "no-roster"):
            agency.export_roster("MD")


def test_what_a_file_object_raises_while_a_bundle_is_read(cyber):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError("the line is cut")

    with pytest.raises(ConnectionResetError):
        cyber.import_roster(Broken())


def test_rosters_tell_who_is_who(countries, cyber):
    rosters = cyber.rosters
    assert [roster.country for roster in rosters.all()] == ["AZ", "GE", "MD", "UA"]
    georgia = rosters.country("GE")
    assert georgia.anchor == countries.centres["GE"].anchor and georgia.agencies == (CYBER,)
    assert georgia.authority.threshold == 1
    assert georgia.authority.roots == (countries.roots["GE"].public,)
    assert georgia.checkpoint.size == georgia.size == georgia.head.size
    assert georgia.checkpoint.anchor == georgia.anchor and len(georgia.checkpoint.root) == 32
    assert rosters.country("FR") is None and rosters.agency("GE/nobody") is None
    agency = rosters.agency(CYBER)
    assert (agency.id, agency.roles, agency.withdrawn) == (CYBER, ("liaison",), None)
    assert agency.names == {"en": f"Agency {CYBER} (invented)"} and agency.enrolled <= datetime.now(UTC)
    (identity,) = agency.identities
    assert identity.key_id == identity.key.id == rosters.current_identity(CYBER)
    assert (identity.vouched_by, identity.revocation) == (None, None)
    assert identity.announced == identity.takes_effect
    assert [epoch.number for epoch in agency.epochs] == [1, 2, 3]
    assert agency.epochs[0].announced_by == identity.key_id and agency.epochs[0].revocation is None
    window = agency.epochs[0].window
    assert window.not_after - window.not_before == timedelta(days=1)
    assert window.destroy_at - window.not_after == timedelta(days=7)
    assert rosters.revocation("GE", identity.key_id) is None and rosters.current_identity("GE/x") is None
    with raises(vlec.MalformedError, "malformed"):
        rosters.country("ge")
    assert countries.centres["UA"].rosters.agency(CYBER).id == CYBER


def test_the_status_of_the_logs(countries, cyber):
    for party in (cyber, countries.centres["GE"]):
        status = {one.country: one for one in party.status()}["UA"]
        assert status.anchor == countries.centres["UA"].anchor and status.size > 1
        assert not status.stale and not status.frozen and not status.relearn and status.pending == 0
        assert status.age >= timedelta(0) and status.quorum <= datetime.now(UTC) >= status.as_of
        assert {code for code, _ in status.cosigned} | set(status.missing) == {"GE", "AZ", "MD"}
        assert status.not_yet == () and status.now.tzinfo is not None
    with vlec.Agency.create(None, "GE/new", key=bytes(32)) as agency:
        agency.pin(countries.centres["UA"].genesis, countries.centres["UA"].anchor)
        (status,) = agency.status()
        assert (status.size, status.as_of, status.age, status.stale) == (0, None, None, True)


def test_a_policy_says_whose_cosignatures_count(fresh):
    keys = {code: centre.genesis.keys.witness for code, centre in fresh.centres.items()}
    anchors = {code: centre.anchor for code, centre in fresh.centres.items()}
    three = vlec.Policy.of([(anchors[code], keys[code]) for code in ("UA", "AZ", "MD")], threshold=3)
    assert vlec.Policy.parse(three.text) == three and str(three) == three.text and len(three.witnesses) == 3
    fresh[CYBER].set_policy("GE", three)
    fresh.centres["MD"].set_policy("GE", three)
    assert fresh[CYBER].rosters.policy("GE") == three
    fresh.centres["GE"].publish()
    fresh.publish_one("GE")
    with raises(vlec.RejectedError, "checkpoint-no-quorum"):
        fresh[CYBER].import_roster(fresh.centres["GE"].export_roster("GE"))
    with raises(vlec.RejectedError, "not-pinned"):
        fresh[CYBER].set_policy("FR", three)
    with raises(vlec.MalformedError, "policy-threshold"):
        vlec.Policy.of([(str(anchors["UA"]), keys["UA"])], threshold=2)
    with raises(vlec.MalformedError, "policy-malformed") as caught:
        vlec.Policy.parse("# a comment\nnonsense\n")
    assert caught.value.line == 2 and isinstance(caught.value.__cause__, vlec.MalformedError)


def test_the_events_of_an_agency_are_those_of_its_log(cyber):
    kinds = [event.kind for _, event in cyber.events(CYBER)]
    assert kinds[0] is vlec.EventKind.ENROL and set(kinds[1:]) == {vlec.EventKind.EPOCH}
    assert cyber.events("GE/nobody") == []
    with raises(vlec.MalformedError, "malformed"):
        cyber.events("ge/../x")


def test_a_third_party_verifies_that_an_event_is_in_the_log(countries, cyber):
    event = countries.centres["GE"].genesis
    for party in (cyber, countries.centres["UA"]):
        (place, published), *_ = party.events("GE")
        assert (place, published.encode()) == (0, event.encode())
        proof = party.proof(event)
        assert vlec.InclusionProof.decode(proof.encode().encode()) == proof and proof.index == 0
        log, policy = event.keys.log, cyber.rosters.policy("GE")
        now = datetime.now(UTC)
        at = proof.verify(event.leaf, anchor=event.anchor, log=log, policy=policy, latest=now)
        assert at <= now and proof.checkpoint.anchor == event.anchor
        other = countries.centres["UA"].genesis
        with raises(vlec.RejectedError, "checkpoint-not-included"):
            proof.verify(other.leaf, anchor=str(event.anchor), log=log, policy=policy, latest=now)
        with raises(vlec.RejectedError, "checkpoint-other"):
            proof.verify(event.leaf, anchor=other.anchor, log=log, policy=policy, latest=now)
        with raises(vlec.StateError, "state"):
            party.proof(unpublished(countries))
    with raises(vlec.MalformedError, "checkpoint-malformed"):
        vlec.InclusionProof.decode(b"nothing")


def unpublished(countries):
    with vlec.Agency.create(None, "GE/unknown", key=bytes(32)) as agency:
        agency.pin(countries.centres["GE"].genesis, countries.centres["GE"].anchor)
        return agency.enrol_request(names={"en": "unknown"})


def test_events_show_what_they_say(countries, cyber):
    genesis = countries.centres["GE"].genesis
    assert (genesis.kind, genesis.subject, genesis.serial) == (vlec.EventKind.GENESIS, "GE", 0)
    assert genesis.anchor == countries.centres["GE"].anchor and genesis.keys.threshold == 1
    assert len(genesis.signers) == 3 and genesis.identity is genesis.epoch is genesis.revocation is None
    copy = vlec.SignedEvent.decode(bytearray(bytes(genesis)))
    assert copy == genesis and hash(copy) == hash(genesis) and copy.body == genesis.body and copy != 1
    request = unpublished(countries)
    assert (request.kind, request.names, request.roles) == (vlec.EventKind.ENROL, {"en": "unknown"}, ())
    assert request.identity.fingerprint and not request.is_recovery and request.window is None
    with raises(vlec.MalformedError, "event-malformed"):
        vlec.SignedEvent.decode(genesis.encode()[:-1])
    for cls, key in (
        (vlec.RootPublicKey, genesis.keys.roots[0]),
        (vlec.LogPublicKey, genesis.keys.log),
        (vlec.WitnessPublicKey, genesis.keys.witness),
    ):
        assert cls.decode("GE", key.encode()) == key and len(key.id) == 64 and len(key.fingerprint) == 39
        with raises(vlec.MalformedError, "crypto"):
            cls.decode("GE", b"")


def test_notes_are_texts(countries):
    note = countries.centres["UA"].witnessed("GE")
    assert vlec.SignedCheckpoint.decode(note.encode()) == note
    assert vlec.SignedCheckpoint.decode(note.encode().encode()) == note
    with raises(vlec.MalformedError, "checkpoint-malformed"):
        vlec.SignedCheckpoint.decode("no note")
    assert countries.centres["UA"].witnessed("FR") is None


def test_a_fork_freezes_and_its_proof_convinces_others(fresh, tmp_path):
    fork = two_rosters_of_moldova(tmp_path)
    agency, other, first, second = fork
    agency.import_roster(first)
    with raises(vlec.ForkError, "roster-fork") as caught:
        agency.import_roster(second)
    proof = caught.value.proof
    assert vlec.EquivocationProof.decode(proof.encode()) == proof == agency.frozen("MD")
    assert proof.anchor.country == "MD" and [note.size for note in proof.checkpoints] == [2, 2]
    with raises(vlec.RejectedError, "roster-frozen"):
        agency.import_roster(first)
    other.import_roster(first)
    assert other.frozen("MD") is None
    other.accuse(proof)
    assert other.frozen("MD") == proof and {one.country: one.frozen for one in other.status()}["MD"]
    with raises(vlec.RejectedError, "roster-no-equivocation"):
        fresh[CYBER].accuse(proof)
    with raises(vlec.MalformedError, "event-malformed"):
        vlec.EquivocationProof.decode(b"nothing")
    for party in (agency, other):
        party.close()


def two_rosters_of_moldova(tmp_path):
    """Its centre is copied; original and copy enrol different agencies, each cosigned by other witnesses."""
    import shutil

    from countries import Countries

    home = tmp_path / "homes"
    home.mkdir()
    with Countries([], home) as countries:
        key, anchors = countries.keys["MD"], [(c.genesis, c.anchor) for c in countries.centres.values()]
        countries.centres["MD"].close()
        shutil.copytree(home / "MD", home / "copy")
        bundles, twins = [], []
        for folder, name, witnesses in (("MD", "MD/a", ("GE", "UA")), ("copy", "MD/b", ("AZ",))):
            with vlec.Centre.open(home / folder, key=key) as centre:
                agency = vlec.Agency.create(None, name, key=bytes(32))
                for genesis, anchor in anchors:
                    agency.pin(genesis, anchor)
                centre.enrol(agency.enrol_request(names={"en": name}), roots=[countries.roots["MD"]])
                if len(witnesses) == 1:
                    # The second witness is a copy of Ukraine's centre, which knows nothing of the first fork.
                    policy = vlec.Policy.of(
                        [(c.anchor, c.genesis.keys.witness) for n, c in countries.centres.items() if n == "AZ"],
                        threshold=1,
                    )
                    centre.set_policy("MD", policy)
                    twins[0].set_policy("MD", policy_of_two(countries))
                proposal = centre.publish()
                for witness in witnesses:
                    centre.collect(countries.centres[witness].cosign(proposal))
                bundles.append(centre.export_roster("MD"))
                twins.append(agency)
        return twins[0], twins[1], *bundles


def policy_of_two(countries):
    """Any one of the three others."""
    others = [(c.anchor, c.genesis.keys.witness) for n, c in countries.centres.items() if n != "MD"]
    return vlec.Policy.of(others, threshold=1)
