"""The month's cards: plan, keep what is unchanged, make the rest, then index, pages, workbook and bundles."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import ruralkpi
from ruralkpi.databases import reading
from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import told, unmasked
from ruralkpi.month import areas, bundle, counties, places, rule_pages, workbook
from ruralkpi.month.index import index_html
from ruralkpi.month.planned import Entry, Plan, Planned
from ruralkpi.pages.scripts import share_scripts
from ruralkpi.press import lock, manifest
from ruralkpi.press.job import FORMATS, Job, Outcome
from ruralkpi.press.plan import hangs_on, plan
from ruralkpi.press.pool import Pool, beside, make_ready
from ruralkpi.press.printing import fonts
from ruralkpi.sql import fetch
from ruralkpi.texts import say
from ruralkpi.whole import write

_HALF = re.compile(r".+\.(html|js|jsonl|xlsx|zip)\.(part|form)")
Progress = Callable[[int, int, Outcome | None], None]


@dataclass(frozen=True)
class RenderReport:
    """A run: the month's folder; cards in it, how many of them unchanged; (agent, reason) of failures; files removed;
    (agent, note) of what is not as it should be in a card, unchanged ones included."""

    folder: Path
    made_n: int
    failed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    reused_n: int = 0
    removed: list[str] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)

    @property
    def index(self) -> Path:
        return self.folder / "index.html"


def render(
    marts: Path,
    out: Path,
    month: str,
    agents: list[str] | None = None,
    formats: set[str] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    notebook: Path | None = None,
    lang: str = "zh",
    is_forced: bool = False,
    is_bundled: bool = False,
    password: str | None = None,
    held: Iterable[str] = (),
    standing: str = "",
    moved: Mapping[str, str] | None = None,
) -> RenderReport:
    """Make the cards of `month` under out/month, with index.html, area pages, summary.xlsx and manifest.jsonl.

    A card whose inputs and files are unchanged is kept, unless `is_forced`; `agents` narrows what is made, the
    other cards stay as they are; agents that are `held` back get none, and lose an old one. `standing`: the edition, or draft,
    that the pages say they are; `moved`: by agent, what his card says of figures that are others than published.
    progress is called with (done, total, outcome of the card just done; None at the start, when `done` are kept).
    A failing card never stops the rest: it stands in `failed`, the caller exits with 1.
    Raises UserError for unknown agents or formats, a month without figures, and a folder that can't be written or
    that another run holds.
    """
    start, chosen, source = time.perf_counter(), _formats(formats), notebook or standard_notebook()
    if password is not None:
        bundle.check_password()
    folder, kept_back = (out / month).absolute(), frozenset(held)
    has_changes = (folder / "changes.html").exists()
    inputs = hangs_on(
        marts, source, month, lang, sorted(chosen), sorted(kept_back), standing, sorted((moved or {}).items()), has_changes
    )
    if inputs and folder.is_dir() and agents is None and not is_forced and not is_bundled:
        with _writing(folder), lock.alone(_made(folder)):
            entries = [*manifest.read(folder).values()]
            if manifest.are_whole(folder, inputs, entries, chosen, jobs):
                noted = [(one.agent_id, one.note) for one in entries if one.note]
                return RenderReport(folder, len(entries), [], time.perf_counter() - start, len(entries), [], noted)
    make_ready()
    todo = plan(marts, month, agents, source, lang, kept_back, standing, moved, has_changes)
    with _writing(folder), lock.alone(_made(folder)) as held, _work(folder):
        manifest.drop_changed(folder)
        before = manifest.read(folder)
        made = _kept(folder, todo, before, chosen, jobs, is_forced)
        kept = sum(card.agent_id in made for card in todo.wanted)
        lock.let_workers_in(held)
        job = Job(source, marts.absolute(), month, folder, chosen, todo.imprint, lang, is_unmasked=unmasked.is_on())
        bare = replace(todo, cards=[], wanted=[])  # which cards there are the workbook does not ask
        with beside(folder, workbook.write_summary, folder, marts, bare, lang):
            _make(job, todo, made, jobs, progress or (lambda done, total, outcome: None))
            removed = _around(folder, marts, todo, made, before, lang)
        if is_bundled:
            bundle.bundles(folder, marts, todo, made, lang, password)
        if inputs and agents is None and not any(entry.error for entry in made.values()):
            manifest.keep_pages(folder, inputs, made.values())
    failed = [(agent, made[agent].error or "") for agent in sorted(todo.wanted_ids & set(made)) if made[agent].error]
    noted = [(agent, made[agent].note) for agent in sorted(todo.wanted_ids & set(made)) if made[agent].note]
    done = len(todo.wanted) - len(failed)
    return RenderReport(folder, done, failed, time.perf_counter() - start, kept, removed, noted)


def _kept(
    folder: Path, todo: Plan, before: dict[str, Entry], formats: frozenset[str], jobs: int, is_forced: bool
) -> dict[str, Entry]:
    """Entries that stay: unchanged cards, and those that this run was not asked for."""
    wanted = todo.wanted_ids
    same = [before[c.agent_id] for c in todo.wanted if c.agent_id in before and before[c.agent_id].inputs == c.inputs]
    whole = set() if is_forced else manifest.intact(folder, same, formats, jobs)
    others = [before[card.agent_id] for card in todo.cards if card.agent_id in before and card.agent_id not in wanted]
    beside = manifest.intact(folder, others, (), jobs)
    return {agent: before[agent] for agent in sorted(whole | beside)}


def _make(job: Job, todo: Plan, made: dict[str, Entry], jobs: int, progress: Progress) -> None:
    """Add an entry to `made` for every card that is still wanted."""
    left: dict[str, Planned] = {card.agent_id: card for card in todo.wanted if card.agent_id not in made}
    done, total = len(todo.wanted) - len(left), len(todo.wanted)
    progress(done, total, None)
    if not left:
        return
    if "pdf" in job.formats:
        fonts.folder()  # once, before the workers would each build it
    journal = manifest.Journal(job.out)
    try:
        with Pool(job, max(jobs, 1)) as pool:
            for outcome in pool.run([card.task for card in left.values()]):
                if outcome.lost:
                    raise UserError(say("card.no_out", folder=job.out, reason=outcome.lost))
                inputs = left[outcome.agent_id].inputs
                error = outcome.error and told.masked(outcome.error, [job.marts])
                made[outcome.agent_id] = Entry(
                    outcome.agent_id, inputs, outcome.files, error, outcome.seconds, outcome.note, todo.imprint.standing
                )
                journal.add(made[outcome.agent_id])
                done += 1
                progress(done, total, outcome)
    finally:
        journal.close()


def _around(folder: Path, marts: Path, todo: Plan, made: dict[str, Entry], before: dict[str, Entry], lang: str) -> list[str]:
    """What stands around the cards; returns the files of cards, areas and bundles that no longer belong to the month."""
    removed = manifest.sweep(folder, before.values(), made.values()) + areas.sweep(folder, todo)
    share_scripts(folder)
    with reading(marts) as con:
        placed, of_areas = places.of_rules(con, todo.month), places.of_areas(con, todo.month)
        states, rules = places.states(placed, "agent_id"), fetch(con, "cards/facts/rules")
        areas.write_pages(con, folder, todo, made, placed, of_areas, lang)
        counties.write_pages(con, folder, todo, made, states, of_areas, lang)
        rule_pages.write_pages(con, folder, todo, of_areas, lang)
        totals = places.totals(con, todo.month)
    write(folder / "index.html", index_html(folder, todo, made, states, totals, rules, lang))
    write(folder / manifest.MANIFEST, "".join(made[agent].line() for agent in sorted(made)))
    (folder / manifest.JOURNAL).unlink(missing_ok=True)
    return removed


def standard_notebook() -> Path:
    """scorecard.ipynb: of the notebooks in the checkout that this package belongs to, else of those that travel in it."""
    home = Path(ruralkpi.__file__).parent
    beside = home.parent / "notebooks" / "scorecard.ipynb"
    return beside if beside.exists() else home / "notebooks" / "scorecard.ipynb"


def _formats(formats: set[str] | None) -> frozenset[str]:
    for name in sorted(formats or ()):
        if name not in FORMATS:
            raise UserError(say("card.unknown_format", name=name, near="、".join(nearest(name, FORMATS))))
    return frozenset(formats or FORMATS)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Raises UserError where the folder, or its disk, takes no more."""
    try:
        yield
    except OSError as fault:
        raise UserError(say("card.no_out", folder=folder, reason=fault.strerror or fault)) from None


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".lock").open("a").close()
    manifest.set_aside(folder)
    return folder


@contextmanager
def _work(folder: Path) -> Iterator[None]:
    """The folder of half-made cards, there for the block. What a killed run was just writing is taken away first."""
    shutil.rmtree(folder / ".work", ignore_errors=True)
    for path in folder.rglob("*"):
        if _HALF.fullmatch(path.name) or (path.parent.name == bundle.HOME and path.suffix == ".xlsx"):
            path.unlink()
    (folder / ".work").mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(folder / ".work", ignore_errors=True)
