# Line coverage per folder of core/src, from lcov records. Test modules, which stand at the end of
# their files, are not counted. Fails if a folder is under its floor.
#
#   awk -f scripts/coverage.awk target/coverage.lcov

BEGIN {
    least["crypto"] = 95
    least["envelope"] = 95
}

/^SF:/ {
    file = substr($0, 4)
    folder = ""
    if (file !~ /\/core\/src\// || file ~ /\/tests(\.rs|\/)/) next
    folder = file
    sub(/.*\/core\/src\//, "", folder)
    if (!sub(/\/.*/, "", folder)) folder = "(floor 0)"
    tests_at = first_line_of_tests(file)
}

/^DA:/ && folder != "" {
    split(substr($0, 4), record, ",")
    if (tests_at && record[1] + 0 >= tests_at) next
    lines[folder]++
    if (record[2] + 0 > 0) covered[folder]++
}

END {
    for (folder in lines) {
        percent = 100 * covered[folder] / lines[folder]
        verdict = ""
        if (folder in least) {
            verdict = percent >= least[folder] ? "ok, at least" : "MISSED, at least"
            verdict = verdict " " least[folder] " %"
            if (percent < least[folder]) missed = 1
        }
        printf "coverage: %-10s %5d of %5d lines  %6.2f %%  %s\n", \
            folder, covered[folder], lines[folder], percent, verdict | "sort"
    }
    close("sort")
    for (folder in least) if (!(folder in lines)) missed = 1
    exit missed
}

function first_line_of_tests(path,    text, number, marked, found) {
    while (!found && (getline text < path) > 0) {
        number++
        if (marked && text ~ /^(pub\(crate\) )?mod tests \{/) found = number
        marked = text == "#[cfg(test)]"
    }
    close(path)
    return found
}
