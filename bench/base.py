# SPDX-License-Identifier: Apache-2.0
"""Another commit, built beside this tree to be compared with it. As a program: `base.py COMMIT`."""

import dataclasses
import subprocess
import sys

from programs import ROOT, Programs

TREE = ROOT / "build/base"  # A worktree with a build folder of its own, kept for the next time.


@dataclasses.dataclass(frozen=True)
class Base:
    name: str
    head: str  # What it is compared with.
    programs: Programs


def built_base(commit):
    """`commit`, else the commit before: of a tree with changes HEAD, of one without HEAD~1."""
    changed = git("status", "--porcelain").strip() != ""
    wanted = commit or ("HEAD" if changed else "HEAD~1")
    full = git("rev-parse", "--verify", "--quiet", "--end-of-options", wanted + "^{commit}",
               otherwise=f"there is no commit {wanted} here").strip()
    name = git("log", "-1", "--format=%h (%s)", full).strip()
    head = git("log", "-1", "--format=%h (%s)", "HEAD").strip() + (", with changes" if changed else "")
    print(f"==> building the base, {name}, in {TREE.relative_to(ROOT)}", flush=True)
    check_out(full)
    build(name)
    return Base(name, head, Programs(TREE / "build/release"))


def check_out(full):
    git("worktree", "prune")  # The folder may have been removed with all of build/.
    if (TREE / ".git").exists():
        git("-C", str(TREE), "checkout", "--quiet", "--detach", "--force", full)
    else:
        git("worktree", "add", "--quiet", "--force", "--detach", str(TREE), full)


def build(name):
    try:
        # A folder that was configured before librdkafka was there does not know of it.
        subprocess.run(["cmake", "--preset", "release", "-Wno-dev"], cwd=TREE, check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run(["script/build", "release", "hapax"], cwd=TREE, check=False)
    except FileNotFoundError:
        raise SystemExit(f"the base, {name}, has no script/build: it is too old to compare with") from None
    if done.returncode != 0:
        raise SystemExit(f"the base, {name}, does not build (exit code {done.returncode}, its output is above): "
                         "nothing was measured")


def git(*arguments, otherwise=None):
    done = subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(otherwise or f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    built_base(sys.argv[1])
