# SPDX-License-Identifier: Apache-2.0
"""Plain text tables."""


def print_table(title, columns, rows):
    """`columns` are headings; cells are shown as they are, right-aligned but for the first two."""
    print(f"\n{title}\n")
    cells = [columns] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        print("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def thousands(number):
    return f"{number:,.0f}"


def milliseconds(nanoseconds):
    return f"{nanoseconds / 1e6:.2f}"


def times(ratio):
    return f"{ratio:.1f}x"
