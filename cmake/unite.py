#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts sources together into few translation units: headers are then read, and templates made, once
for all of them.
  unite.py TO FILE...
Writes TO_1.cpp, TO_2.cpp ..., which include the files by relative paths, so that a cache of objects
serves all checkouts, and prints their names. Files whose unnamed namespaces share a name do not come
together; one that defines macros, or has a type or constant of one of our headers' names stays alone.
"""
import os
import pathlib
import re
import sys

# Of sources in one unit. More of them save little, and are made anew together.
LINES_MAX = 4000


def declarations(text):
    """What is declared in unnamed namespaces: its head, up to its value, parameters or body, and the rest
    of the line."""
    inside, head = False, ""
    for line in text.splitlines():
        if line == "namespace {":
            inside = True
        elif line == "}  // namespace":
            inside = False
        elif inside and (head or re.match(r"[A-Za-z_]", line)):
            head += " " + line.split("//")[0]
            if found := re.search(r"[({=;]", head):
                yield head[:found.start()].strip(), head[found.start():].strip()
                head = ""


def name_of(head, rest):
    test = re.match(r"\(\s*(\w+),\s*(\w+)", rest)
    if head.startswith("TEST") and test:
        return "_".join(test.groups())
    text = re.sub(r"^template\s*<.*?>\s*(?=[a-zA-Z])", "", head)
    text = re.split(r"(?<!:):(?!:)", text)[0]
    names = [name for name in re.findall(r"\w+", text) if name not in ("final", "noexcept")]
    return names[-1] if names else ""


def meaning_of(head, rest):
    """Of an alias, which several sources may have; nothing of all else."""
    if re.match(r"using [\w:]+$", head) and rest == ";":
        return head
    return rest.strip("=; ") if head.startswith(("using ", "namespace ")) else ""


class Names:
    """What a source declares, and what it means by it where others may say the same."""

    def __init__(self, text=""):
        self.meanings = {}
        for one in declarations(text):
            self.meanings.setdefault(name_of(*one), meaning_of(*one))
        self.meanings.pop("static_assert", None)

    def meets(self, other):
        return any(name in other.meanings and not (meaning and meaning == other.meanings[name])
                   for name, meaning in self.meanings.items())

    def add(self, other):
        self.meanings.update(other.meanings)


def names_of_headers():
    """Types and constants. Functions of one name do not get into each other's way."""
    kinds = r"^(?:struct|class|enum class|using|(?:inline )?constexpr \S+) (\w+)(?: = ([\w:]+);)?"
    names = Names()
    for header in (pathlib.Path(__file__).parent.parent / "src").rglob("*.hpp"):
        names.meanings.update(re.findall(kinds, header.read_text(), re.M))
    return names


class Unit:
    def __init__(self):
        self.files, self.names, self.lines = [], Names(), 0

    def takes(self, names, lines):
        return not self.names.meets(names) and self.lines + lines <= LINES_MAX

    def add(self, file, names, lines):
        self.files.append(file)
        self.names.add(names)
        self.lines += lines


def units_of(files):
    units, alone, headers = [], [], names_of_headers()
    for file in files:
        text = pathlib.Path(file).read_text()
        names, lines = Names(text), text.count("\n")
        is_alone = re.search(r"^#define", text, re.M) or names.meets(headers)
        unit = None if is_alone else next((one for one in units if one.takes(names, lines)), None)
        if unit is None:
            unit = Unit()
            (alone if is_alone else units).append(unit)
        unit.add(file, names, lines)
    return units + alone


def main():
    to, files = sys.argv[1], sys.argv[2:]
    folder = os.path.dirname(os.path.abspath(to))
    os.makedirs(folder, exist_ok=True)
    for number, unit in enumerate(units_of(files), 1):
        path = pathlib.Path(f"{to}_{number}.cpp")
        text = "".join(f'#include "{os.path.relpath(file, folder)}"\n' for file in unit.files)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        print(path)


main()
