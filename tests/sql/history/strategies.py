"""Random histories: nights of one or two sources that draw from a small pool, so that records come back and move."""

from hypothesis import strategies as st

from history.things import KEYS, Choice, Night, Record

_ACCOUNTS = st.lists(st.sampled_from([(source, key) for source in (0, 1) for key in KEYS]), min_size=2, max_size=4)
_CHOICES = st.one_of(
    st.none(),
    st.none(),
    st.builds(
        Choice, st.sampled_from(("merge_persons", "merge_persons", "split_persons", "revoke")), _ACCOUNTS.map(tuple)
    ),
)

Scopes = dict[str, tuple[bool, tuple[Record, ...]]]
"""Scope -> complete, records."""

CASTS = (
    ("account", "account_identity"), ("account", "account_identity"), ("account", "account_identity", "enrolment"),
    ("enrolment", "module_completion", "certificate"), ("enrolment", "module_completion"),
    ("enrolment", "certificate", "account"), ("account", "attendance", "attendance_interval"),
    ("account_identity", "invitation", "response", "answer"), ("response", "answer", "invitation"),
    ("reported_value", "attendance"), ("course", "course_edition", "edition_course", "module"),
    ("event", "survey", "question", "question_option"), ("indicator", "milestone", "reported_value"),
    ("period", "state", "institution", "alias"),
)  # fmt: skip
"""Entities of one history: what is merged together depends on each other, and few make a small example."""

_VARIANTS = (
    ("a", "b"),
    ("a", "a", "b"),
    ("a", "b", "c"),
    ("a", "b", "bad"),
    ("a", "a", "b", "c", "bad", "out", "lost"),
)
_IDENTITIES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "b", "c")
_KEYS = (KEYS[:1], KEYS[:1], KEYS[:2], KEYS)
FATES = ("merged",) * 6 + ("landed", "staged", "validated", "rejected")
_CHANGES = ("anew", "anew", "without", "without", "with", "instead", "one scope", "again", "fingerprint")
_SCOPES = (("s1",), ("s1",), ("s2",), ("s1", "s2"), ("s1", "s2"), ("s2", "s1"))


@st.composite
def _pools(draw: st.DrawFn) -> list[Record]:
    """Records that say little of few things: they meet, agree and contradict each other."""
    cast = draw(st.sampled_from(CASTS))[: draw(st.sampled_from((1, 2, 2, 4)))]
    keys, variants = draw(st.sampled_from(_KEYS)), draw(st.sampled_from(_VARIANTS))
    row = st.sampled_from(
        [
            (entity, key, variant)
            for entity in cast
            for key in keys
            for variant in (variants + _IDENTITIES if entity == "account_identity" else variants)
        ]
    )
    ready = st.builds(Record, st.lists(row, min_size=1, max_size=3).map(tuple), st.integers(0, 1))
    unreadable = st.builds(Record, noise=st.integers(0, 1), unreadable=st.just(True))
    others = (st.just(Record(blank=True)), unreadable) if draw(st.sampled_from((False, False, True))) else ()
    return draw(st.lists(st.one_of(ready, ready, ready, *others), min_size=2, max_size=6))


@st.composite
def histories(draw: st.DrawFn, *, sources: int = 1, fates: tuple[str, ...] = FATES) -> list[Night]:
    """Two to seven nights, each of one of the sources; the sources share the pool of records."""
    pool = draw(_pools())
    nights: list[Night] = []
    for _ in range(draw(st.integers(2, 7))):
        source = draw(st.sampled_from((0, 0, 0, 1))) if sources > 1 else 0
        own = [night for night in nights if night.source == source]
        fingerprint = own[-1].fingerprint if own else "f1"
        change = draw(st.sampled_from(_CHANGES)) if own else "anew"
        if change == "fingerprint":
            fingerprint = draw(st.sampled_from(("f1", "f2")))
        content = _anew(draw, pool) if change == "anew" else _changed(draw, own[-1].scopes, change, pool)
        fate, stagings = draw(st.sampled_from(fates)), draw(st.sampled_from((1, 1, 1, 2)))
        nights.append(Night(content, fingerprint, fate, stagings, source, draw(_CHOICES) if sources > 1 else None))
    return nights


def _anew(draw: st.DrawFn, pool: list[Record]) -> Scopes:
    chosen = st.lists(st.sampled_from(pool), min_size=draw(st.sampled_from((0, 1, 2))), max_size=6).map(tuple)
    return {
        scope: (draw(st.sampled_from((True, True, False))), draw(chosen)) for scope in draw(st.sampled_from(_SCOPES))
    }


def _changed(draw: st.DrawFn, known: Scopes, change: str, pool: list[Record]) -> Scopes:
    """What was delivered last, but for one record or one scope."""
    scope = draw(st.sampled_from(sorted(known)))
    complete, records = known[scope]
    place = draw(st.integers(0, len(records)))
    match change:
        case "without":
            return {**known, scope: (True, records[:place] + records[place + 1 :])}
        case "with":
            return {**known, scope: (complete, (*records[:place], draw(st.sampled_from(pool)), *records[place:]))}
        case "instead":
            return {**known, scope: (True, (*records[:place], draw(st.sampled_from(pool)), *records[place + 1 :]))}
        case "one scope":
            return {scope: (True, records[:place])}
    return known
