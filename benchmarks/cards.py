"""What a scorecard costs: ours against the stock path on the same notebook, in one run.

python benchmarks/cards.py [--agents 200] [--stock 5] [--db marts.duckdb] [--jobs 2]

Ours is `ruralkpi render`: all cards, HTML and PDF, with index, area pages and workbook. The stock path is the
papermill command with its Jupyter kernel, the nbconvert command, and Chromium's print, a process each, on the first
`--stock` of the same agents. CPU is user + system of all processes; memory is the largest resident set of any one.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
MONTH = "2026-10"


def main() -> None:
    """Run both paths and print a table and a JSON line."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--agents", type=int, default=200)
    asked.add_argument("--stock", type=int, default=5, help="how many cards the stock path makes")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--db", type=Path, help="marts that exist already; default: a sample is made")
    options = asked.parse_args()
    _adopt()
    with tempfile.TemporaryDirectory(prefix="ruralkpi-bench-") as home:
        db = options.db.absolute() if options.db else sample(Path(home), options.agents)
        agents = agents_of(db)[: options.agents]
        figures = {"ours": ours(db, Path(home) / "ours", agents, options.jobs), "floor": floor(db, agents[:50])}
        figures["phases"] = phases(db, agents[:30], Path(home) / "phases")
        if options.stock:
            figures["stock"] = stock(db, Path(home) / "stock", agents[: options.stock])
    tell(figures, len(agents))


def sample(home: Path, n: int) -> Path:
    """Made-up exports of n agents, read and built; not part of what is measured."""
    (home / "ruralkpi.toml").write_text('raw = "raw"\ndb = "marts.duckdb"\nmappings = "mappings"\n', encoding="utf-8")
    command = [sys.executable, "-c", "from ruralkpi.commands.cli import main; main()"]
    for words in (
        ["sample", "raw", "--agents", str(n), "--no-slips", "--mappings", "mappings"],
        ["ingest"],
        ["check"],
        ["build"],
    ):
        subprocess.run([*command, *words], cwd=home, check=True, env=_paths(), stderr=subprocess.DEVNULL)
    return home / "marts.duckdb"


def agents_of(db: Path) -> list[str]:
    """Ids of the month's agents, in order."""
    from ruralkpi.press.batch import standard_notebook
    from ruralkpi.press.plan import plan

    return [card.agent_id for card in plan(db, MONTH, None, standard_notebook()).cards]


def ours(db: Path, out: Path, agents: list[str], jobs: int) -> dict[str, float]:
    """`ruralkpi render` of these agents in a process of its own, start-up included."""
    words = [
        "-c",
        "from ruralkpi.commands.cli import main; main()",
        "render",
        "--db",
        str(db),
        "--out",
        str(out),
        "--month",
        MONTH,
    ]
    cost = measured([[sys.executable, *words, "--agents", ",".join(agents), "--jobs", str(jobs)]], len(agents))
    sizes = [sum(p.with_suffix(s).stat().st_size for s in (".html", ".pdf")) for p in out.rglob("*.pdf")]
    return {**cost, "kb_most": max(sizes) / 1000, "kb_mean": sum(sizes) / len(sizes) / 1000}


def stock(db: Path, out: Path, agents: list[str]) -> dict[str, float]:
    """papermill → nbconvert → Chromium, one agent after another."""
    out.mkdir()
    chromium = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    commands = []
    for i, agent in enumerate(agents):
        given = [x for pair in (("agent_id", agent), ("month", MONTH), ("marts", str(db))) for x in ("-r", *pair)]
        book, page = out / f"{i}.ipynb", out / f"{i}.html"
        commands.append([str(BIN / "papermill"), str(ROOT / "notebooks" / "scorecard.ipynb"), str(book), *given])
        commands.append([str(BIN / "jupyter-nbconvert"), "--to", "html", "--no-input", str(book)])
        if chromium:
            flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={out / f'{i}.pdf'}"]
            commands.append([chromium, *flags, page.as_uri()])
    return {**measured(commands, len(agents)), "prints_pdf": float(chromium is not None)}


def measured(commands: list[list[str]], n: int) -> dict[str, float]:
    """CPU-seconds and wall seconds a card, and the peak resident memory of any process, in MiB."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    watch = _Watch()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_paths())
    wall = time.perf_counter() - start
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cards": n, "cpu_s": cpu / n, "wall_s": wall / n, "peak_mib": watch.stop()}


def _adopt() -> None:
    """Orphans come to this process, so that the CPU of a server that outlives its command counts as well (Linux)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _reap() -> None:
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        return


class _Watch(threading.Thread):
    """Looks at the resident memory of our descendants every 50 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.over = 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        import psutil

        me = psutil.Process()
        while not self.over.wait(0.05):
            for child in me.children(recursive=True):
                try:
                    self.peak = max(self.peak, child.memory_info().rss / 2**20)
                except psutil.Error:
                    continue

    def stop(self) -> float:
        self.over.set()
        self.join()
        return self.peak


def floor(db: Path, agents: list[str]) -> dict[str, float]:
    """Query for all at once and page text alone, in one warm process: what no engine can go below."""
    from ruralkpi.cards.show import SECTIONS, Card, scorecard
    from ruralkpi.press.ahead import contents

    for agent in agents[:2]:
        [getattr(scorecard(db, agent, MONTH), name).html for name in SECTIONS]
    start = time.process_time()
    found = [content for content in contents(db, MONTH, agents) if content]
    query = time.process_time()
    for card in map(Card, found):
        [getattr(card, name).html for name in SECTIONS]
    end = time.process_time()
    return {"query_s": (query - start) / len(agents), "text_s": (end - query) / len(agents)}


def phases(db: Path, agents: list[str], out: Path) -> dict[str, float]:
    """CPU-seconds a card of each step of ours, in one warm process and its forked children."""
    from ruralkpi.cards import page
    from ruralkpi.cards.facts.handed import hand
    from ruralkpi.press import ahead, verify, warm, worker
    from ruralkpi.press.batch import standard_notebook
    from ruralkpi.press.job import Job
    from ruralkpi.press.plan import plan
    from ruralkpi.press.printing import pdf

    todo = plan(db, MONTH, agents, standard_notebook())
    (out / "work").mkdir(parents=True)
    formats = frozenset({"html", "pdf"})
    job = Job(standard_notebook(), db, MONTH, out, formats, todo.imprint)
    spent = dict.fromkeys(("read", "execute", "html", "pdf", "verify"), 0.0)
    assert warm
    contents = ahead.contents(db, MONTH, agents)
    for card in todo.wanted:
        clock = [_cpu()]
        content = next(contents)
        clock.append(_cpu())
        with hand(db, content):
            book = worker.execute(job, card.agent_id, out / "work")
        clock.append(_cpu())
        html = page.page(book, card.agent_id, MONTH, todo.imprint)
        clock.append(_cpu())
        (out / "card.pdf").write_bytes(pdf.to_pdf(html, todo.imprint.as_of, card.agent_id))
        clock.append(_cpu())
        verify.check_html(html, card.task.expected, "zh")
        verify.check_pdf(out / "card.pdf", card.task.expected, "zh")
        clock.append(_cpu())
        for name, a, b in zip(spent, clock, clock[1:], strict=False):
            spent[name] += (b - a) / len(agents)
    return spent


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)}


def tell(figures: dict[str, Any], n: int) -> None:
    """A table for people, then one line of JSON."""
    for name in ("ours", "stock"):
        if name in figures:
            one = figures[name]
            cost = f"{one['cpu_s']:7.3f} CPU-s  {one['wall_s']:7.3f} s wall  {one['peak_mib']:6.0f} MiB peak"
            print(f"{name:6} {cost}  ({one['cards']} cards)")
    print("ours:  " + "  ".join(f"{name} {value:.3f}" for name, value in figures["phases"].items()) + "  CPU-s")
    print("floor: " + "  ".join(f"{name} {value:.3f}" for name, value in figures["floor"].items()))
    print(f"size:  {figures['ours']['kb_mean']:.0f} KB a card, HTML + PDF; largest {figures['ours']['kb_most']:.0f} KB")
    if "stock" in figures:
        print(f"ratio: {figures['stock']['cpu_s'] / figures['ours']['cpu_s']:.1f} times less CPU than the stock path")
    print(json.dumps({"agents": n, **figures}, sort_keys=True))


if __name__ == "__main__":
    main()
