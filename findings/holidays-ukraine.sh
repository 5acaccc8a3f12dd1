#!/bin/sh
# holidays for Python has no day off in Ukraine from 15 March 2022 on: the library follows the martial law, under which
# public holidays are working days, and says so by an empty list, with no word and no error (the days stand in the
# category "workday", which one must know to ask for). workalendar has 14 days off for the same year, and no calendar of
# Azerbaijan or Kosovo. A deadline in working days that runs over 24 August thus ends on another day in each: agree on
# the list of days itself, and do not take an empty one for "no calendar".
# holidays 0.109, workalendar 17.0.0, seen on 2026-12-01.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check holidays==0.109 workalendar==17.0.0
"$folder/venv/bin/python" - <<'PROGRAM'
from datetime import date

import holidays
from workalendar.registry import registry

for year, expected in [(2021, 19), (2022, 5), (2023, 0), (2026, 0)]:
    days = sorted(holidays.country_holidays("UA", years=year))
    print(f"holidays 0.109, UA, {year}: {len(days)} days, the last one {days[-1] if days else None}")
    assert len(days) == expected, days
workdays = holidays.country_holidays("UA", years=2026, categories="workday")
print("holidays 0.109, UA, 2026, category workday:", len(workdays), "days")
assert len(workdays) == 11
first, second = holidays.country_holidays("UA"), registry.get("UA")()
friday = date(2026, 8, 21)
ends = first.get_nth_working_day(friday, 1), second.add_working_days(friday, 1)
print("one working day from Friday 2026-08-21: holidays 0.109:", ends[0], "; workalendar 17.0.0:", ends[1])
assert ends == (date(2026, 8, 24), date(2026, 8, 25))
print("workalendar 17.0.0, UA, 2026:", len(second.holidays(2026)), "days")
assert len(second.holidays(2026)) == 14
for code in ["AZ", "XK"]:
    count = len(holidays.country_holidays(code, years=2026))
    print(f"{code}, 2026: holidays 0.109: {count} days; workalendar 17.0.0: {registry.get(code)}")
    assert count > 10 and registry.get(code) is None
PROGRAM
