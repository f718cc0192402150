"""Who wrote what about whom, and when: the stories, given to children and their people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from api.demo import stories
from api.demo.cases import Cases
from api.demo.council import Worker
from api.demo.households import Person, World
from api.demo.stories import Step

# How long before today the six months of notes begin.
BEGAN = 183


@dataclass(frozen=True)
class Writing:
    """A note with its author and moment; `then` is who did what with it."""

    days_ago: int
    hour: int
    minute: int
    author: Worker
    people: tuple[Person, ...]
    step: Step
    then: tuple[tuple[Worker, str], ...] = ()


# Who writes instead, where nobody supports the child in that way.
_INSTEAD: Mapping[str, Sequence[str]] = {
    "sw": ("sw", "eh"),
    "pastoral": ("pastoral", "nursery"),
    "teacher": ("teacher", "nursery"),
    "nursery": ("nursery", "hv"),
    "hv": ("hv", "gp"),
}
_WORDS: Mapping[str, tuple[str, str, str]] = {
    "female": ("she", "her", "herself"),
    "male": ("he", "his", "himself"),
}
_OBJECT = {"female": "her", "male": "him"}


def written(random: Random, world: World, cases: Cases) -> list[Writing]:
    """Give every note of six months, in no order."""
    found: list[Writing] = []
    told: tuple[tuple[str, int, Sequence[Step]], ...] = (
        ("amara", BEGAN, stories.AMARA),
        ("theo", BEGAN, stories.THEO),
        ("poppy", BEGAN, stories.POPPY),
        ("unborn", 40, stories.UNBORN),
        ("noor", BEGAN, stories.NOOR),
    )
    for key, began, steps in told:
        found += _story(random, world, cases, world.one(key), began, steps)
    for n, (saw, thinks) in enumerate(stories.HOSTILE):
        step = Step(12 + 16 * n, "pastoral", "worry", saw, thinks)
        found += _story(random, world, cases, world.one("maximiliana"), BEGAN, [step])
    for person in world.people:
        if person.is_ == "child" and person.key not in ("amara", "theo", "unborn"):
            found += _about(random, world, cases, person)
    return found


def _about(random: Random, world: World, cases: Cases, child: Person) -> Iterator[Writing]:
    """Give a child what belongs to a child in that situation: a story or two, and single notes."""
    held = cases.roles[child.number]
    if "sw" not in held and "eh" not in held and "hv" not in held:
        if random.random() < 0.03 and "gp" in held:
            yield from _singles(random, world, cases, child, 1)
        return
    age = child.age(world.today)
    jo = "sw" in held and held["sw"].key == "social-worker"
    if "sw" in held and (jo or random.random() < 0.55):
        arcs = [arc for arc in stories.ARCS if arc[1] <= age <= arc[2]]
        for arc in random.sample(arcs, min(len(arcs), 2 if jo else 1)):
            began = random.randint(25, BEGAN - 5)
            yield from _story(random, world, cases, child, began, arc[3])
    count = 8 if jo else random.randint(1, 5) if "sw" in held else random.randint(0, 3)
    yield from _singles(random, world, cases, child, count)


def _story(
    random: Random, world: World, cases: Cases, child: Person, began: int, steps: Sequence[Step]
) -> Iterator[Writing]:
    for step in steps:
        if began - step.day >= 0:
            yield from _writing(random, world, cases, child, began - step.day, step)


def _singles(
    random: Random, world: World, cases: Cases, child: Person, count: int
) -> Iterator[Writing]:
    held = cases.roles[child.number]
    choices = [
        (role, kind, saw)
        for (role, kind), texts in stories.SINGLES.items()
        if role in held and not (role == "gp" and len(held) > 3)
        for saw in texts
    ]
    for role, kind, saw in random.sample(choices, min(count, len(choices))):
        step = Step(0, role, kind, saw)
        if kind == "contact":
            how = "call" if saw.startswith(("Rang", "Talked")) else "visit"
            how = "meeting" if "eeting" in saw else how
            seen = random.choice(("seen", "seen", "seen alone")) if how == "visit" else None
            step = replace(step, contact=how, seen=seen)
        elif kind == "worry" and random.random() < 0.3:
            step = replace(step, worried=random.randint(1, 6))
        others = [other for other in ("sw", "pastoral", "teacher", "hv") if other != role]
        step = replace(step, then=_reactions(random, kind, others))
        # More of what is remembered is recent.
        days_ago = int((BEGAN - 4) * random.random() ** 1.4)
        yield from _writing(random, world, cases, child, days_ago, step)


def _reactions(random: Random, kind: str, others: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if kind != "worry" or random.random() < 0.5:
        return (("sw", "read"),)
    what = random.choices(("noticed too", "acted on", "read"), (4, 2, 3))[0]
    return ((random.choice(others) if what == "noticed too" else "sw", what),)


def _writing(
    random: Random, world: World, cases: Cases, child: Person, days_ago: int, step: Step
) -> Iterator[Writing]:
    author = cases.role(child, *_INSTEAD.get(step.by, (step.by,)))
    if author is None or _is_closed(child, author):
        return
    about = [child]
    if step.by in ("sw", "hv") and step.kind == "contact" and random.random() < 0.25:
        siblings = [s for s in world.family(child).children if s is not child and s.born]
        about += [s for s in siblings if s.died is None and "sw" in cases.roles[s.number]]
    then = [
        (worker, _said(world, child, what))
        for role, what in step.then
        if (worker := cases.role(child, *_INSTEAD.get(role, (role,)))) and worker is not author
    ]
    yield Writing(
        days_ago=days_ago,
        hour=random.randint(8, 18),
        minute=random.randint(0, 50),
        author=author,
        people=tuple(about),
        step=replace(
            step,
            saw=_said(world, child, step.saw),
            thinks=_said(world, child, step.thinks),
            whose=_said(world, child, step.whose),
        ),
        then=tuple(then),
    )


def _is_closed(child: Person, author: Worker) -> bool:
    """Nobody but those named on the record writes about a restricted child."""
    return child.key == "rosa" and author.key != "after-worker"


def _said(world: World, child: Person, text: str) -> str:
    """Put the child's name and words into a text; what is no word of ours stays as it is."""
    she, her, herself = _WORDS.get(child.gender, ("they", "their", "themselves"))
    mothers = world.family(child).those("mother")
    words = {
        "{c}": child.first,
        "{she}": she,
        "{She}": she.capitalize(),
        "{her}": her,
        "{herself}": herself,
        "{mum}": mothers[0].first if mothers else "Mum",
    }
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text
