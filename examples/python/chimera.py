"""The cycle of Operation Chimera: monthly trafficking statistics of four countries become a bi-monthly report.

    pip install matplotlib
    python chimera.py [FOLDER]      what an earlier run has left there is replaced

Each country's agency fills in its monthly form, a CSV file, and seals it to the coordinating agency, which opens
and accepts what arrives, sums it up, draws a chart, and seals the report to all. All agencies and all numbers are
invented.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path

import vlec
from countries import CODES, Countries

try:
    import matplotlib
except ImportError:
    sys.exit("chimera.py draws a chart with matplotlib: pip install matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COORDINATOR = "MD/mai/chimera"
AGENCIES = {code: f"{code}/police/thb" for code in CODES}
MONTHS = ("2026-09", "2026-10")
FIELDS = ("victims identified", "suspects detained", "cases opened")


def invented(country: str, month: str) -> dict[str, int]:
    """Numbers that look like a form's, and are the same in every run."""
    seed = sum(map(ord, country + month))
    return {field: (seed * (7 + 4 * place)) % (23 - 5 * place) for place, field in enumerate(FIELDS)}


def fill_in(folder: Path, country: str, month: str) -> Path:
    """A country's monthly form."""
    form = folder / f"{country}-{month}.csv"
    with form.open("w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(("country", "month", "field", "number"))
        rows.writerows((country, month, field, number) for field, number in invented(country, month).items())
    return form


def send(agency: vlec.Agency, form: Path, outbox: Path) -> None:
    """Seals a form; a relay or a memory stick carries the file on."""
    labels = vlec.Labels(operation="Chimera", file_name=form.name)
    envelope = outbox / f"{form.name}.vlec"
    agency.seal_file(form, envelope, to=COORDINATOR, type="text/csv", labels=labels, replace=True)


def read_form(form: Path, sender: str) -> Counter[tuple[str, str, str]]:
    """The numbers by field, country and month. The sender is verified; what it has written is not."""
    numbers: Counter[tuple[str, str, str]] = Counter()
    with form.open(newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            field, country, month = (row.get(name) or "" for name in ("field", "country", "month"))
            if AGENCIES.get(country) != sender:
                raise ValueError(f"{sender} has sent a form of {country!r}")
            if field not in FIELDS or month not in MONTHS:
                raise ValueError(f"{sender} has sent a number of {field!r} in {month!r}")
            number = row.get("number") or ""
            if not (number.isascii() and number.isdigit() and len(number) <= 9):
                raise ValueError(f"{sender} has sent {number[:20]!r} as a number")
            numbers[field, country, month] += int(number)
    return numbers


def gather(coordinator: vlec.Agency, arrived: Path, inbox: Path) -> dict[str, Counter[tuple[str, str]]]:
    """Opens and accepts what arrived: for each field the numbers of each country and month. What cannot be
    opened, is no form, or comes a second time is reported, and left out.
    """
    counted: set[tuple[str, str]] = set()
    totals: dict[str, Counter[tuple[str, str]]] = {field: Counter() for field in FIELDS}
    for envelope in sorted(arrived.glob("*.vlec")):
        form = inbox / envelope.stem
        try:
            delivery = coordinator.open_file(envelope, form, replace=True)
        except vlec.VlecError as error:
            print(f"left out: {envelope.name!r}: {error}", file=sys.stderr)
            continue
        try:
            numbers = read_form(form, delivery.sender)
            reported = {(country, month) for _, country, month in numbers}
            if again := reported & counted:
                raise ValueError(f"{delivery.sender} has sent {sorted(again)} before")
        except (ValueError, csv.Error) as error:
            print(f"left out: {envelope.name!r}: {error}", file=sys.stderr)
            coordinator.accept(delivery, b"left out")
            continue
        for (field, country, month), number in numbers.items():
            totals[field][country, month] += number
        counted |= reported
        coordinator.accept(delivery, f"counted {form.name}".encode())
    return totals


def write_report(totals: dict[str, Counter[tuple[str, str]]], folder: Path) -> tuple[Path, Path]:
    """The bi-monthly report as text and as a chart."""
    text = folder / "report.md"
    lines = [f"# Operation Chimera, {MONTHS[0]} to {MONTHS[-1]} (invented numbers)", ""]
    lines += ["| | " + " | ".join(CODES) + " | all |", "|---|" + "---|" * (len(CODES) + 1)]
    by_country = {field: [sum(totals[field][c, m] for m in MONTHS) for c in CODES] for field in FIELDS}
    for field, numbers in by_country.items():
        lines.append(f"| {field} | " + " | ".join(map(str, numbers)) + f" | {sum(numbers)} |")
    text.write_text("\n".join(lines) + "\n")

    figure, axes = plt.subplots(figsize=(7, 4))
    for place, (field, numbers) in enumerate(by_country.items()):
        axes.bar([x + 0.25 * place for x in range(len(CODES))], numbers, width=0.25, label=field)
    axes.set_xticks([x + 0.25 for x in range(len(CODES))], CODES)
    axes.set_title(lines[0].removeprefix("# "))
    axes.legend()
    chart = folder / "report.png"
    figure.savefig(chart)
    plt.close(figure)
    return text, chart


def run(folder: Path) -> Path:
    """The whole cycle; gives the report."""
    forms, mail, inbox, reports = (folder / name for name in ("forms", "mail", "inbox", "reports"))
    for place in (forms, mail, inbox, reports):
        place.mkdir(parents=True, exist_ok=True)
    with Countries([*AGENCIES.values(), COORDINATOR]) as countries:
        for country, agency in AGENCIES.items():
            for month in MONTHS:
                send(countries[agency], fill_in(forms, country, month), mail)
        coordinator = countries[COORDINATOR]
        text, chart = write_report(gather(coordinator, mail, inbox), reports)
        for document, kind in ((text, "text/markdown"), (chart, "image/png")):
            envelope = reports / f"{document.name}.vlec"
            coordinator.seal_file(document, envelope, to=AGENCIES.values(), type=kind, replace=True)
            for country, agency in AGENCIES.items():
                countries[agency].open_file(envelope, inbox / f"{country}-{document.name}", replace=True)
    return text


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="chimera-"))
    report = run(place)
    print(report.read_text())
    print(f"in {report.parent}")
