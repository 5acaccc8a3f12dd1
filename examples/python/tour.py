"""A tour of the package, cell by cell: open it in a notebook, or run it. Everything in it is invented."""

# ruff: noqa: E402
# %% [markdown]
# ## Four countries
# Each runs its own centre. They have pinned each other's anchors, and enrolled agencies.

# %%
import io
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import vlec
from countries import Countries

CYBER, SEARCH, BORDER = "GE/mia/cyber", "MD/igp/search", "UA/border/post-7"
countries = Countries([CYBER, SEARCH, BORDER])
cyber, search, border = countries[CYBER], countries[SEARCH], countries[BORDER]
for code, centre in countries.centres.items():
    print(code, centre.anchor.fingerprint)

# %% [markdown]
# ## A request and its reply

# %%
request = cyber.seal(
    "Whose car is GE-123-AB?".encode(),
    to=[SEARCH, BORDER],
    type="text/plain",
    labels={
        "case": "CH-2026-17",
        "urgency": vlec.Urgency.URGENT,
        "deadline": datetime.now(UTC) + timedelta(days=1),
    },
)
print(len(request), "bytes;", vlec.EnvelopeHeader.read(request))

# %%
opened = search.open(request)
print(opened.sender, opened.sealed_at, opened.labels)
print(repr(opened.content.decode()))
search.accept(opened, b"filed under 4/2026")

reply = search.seal(b"Not one of ours.", to=opened.sender, labels={"in_reply_to": opened.id})
print(repr(cyber.open(reply).content.decode()))

# %% [markdown]
# ## Each envelope is accepted once

# %%
try:
    search.open(request)
except vlec.DuplicateError as error:
    print(error.code, "-", repr(error.outcome.decode()))
print(repr(search.reopen(request).content.decode()))

# %% [markdown]
# ## Damaged mail opens nothing

# %%
damaged = bytearray(request)
damaged[-1] ^= 1
try:
    border.open(damaged)
except vlec.OpenFailed as error:
    print(error.code, "-", error)

# %% [markdown]
# ## Large files, read at any place

# %%
folder = Path(tempfile.mkdtemp(prefix="tour-"))
(folder / "video.mp4").write_bytes(bytes(5 << 20) + b"the end")
cyber.seal_file(folder / "video.mp4", folder / "video.mp4.vlec", to=SEARCH, progress=print)
with search.open_reader(folder / "video.mp4.vlec") as f:
    f.seek(-7, io.SEEK_END)
    print(f.read(), f.sender, f.size)

# %% [markdown]
# ## Who is who, and how fresh that is

# %%
for status in search.status():
    print(status.country, status.size, "events,", "stale" if status.stale else "fresh", status.age)
agency = search.rosters.agency(CYBER)
assert agency is not None
print(agency.names, [epoch.number for epoch in agency.epochs])

# %% [markdown]
# ## Keys change every day

# %%
for epoch in cyber.epochs():
    print(epoch.number, epoch.state.value, epoch.window.not_before, "→", epoch.window.destroy_at)
print(cyber.maintain().left or "nothing is due")

# %% [markdown]
# ## A stolen key is revoked, and whoever hears of it believes it no more

# %%
letter = cyber.seal(b"from a thief, perhaps", to=BORDER)
revocation = countries.centres["GE"].revoke(
    CYBER,
    opened.sender_key,
    reason=vlec.RevocationReason.KEY_COMPROMISE,
    effective=datetime.now(UTC) - timedelta(hours=2),
    roots=[countries.roots["GE"]],
)
border.hear(revocation)
try:
    border.open(letter)
except vlec.RejectedError as error:
    print(error.code, "-", error)

# %%
countries.close()
