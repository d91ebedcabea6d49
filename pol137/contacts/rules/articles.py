"""Articles as files: `articles/CODE.md` with a TOML head, Persian text, then English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pol137.city.vocabulary import DepartmentKind
from pol137.packs.rules.cells import nearest
from pol137.packs.rules.pack import Fault, Pack
from pol137.packs.rules.reminders import listed
from pol137.packs.rules.render import toml_list, toml_string
from pol137.packs.rules.tables import ARTICLES_FOLDER

_KEYS: Final = ("title_fa", "title_en", "services", "keywords", "owner", "review_date")
_FENCE: Final = "+++"
_ENGLISH: Final = "<!-- en -->"


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What an article's file says."""

    code: str
    title_fa: str
    title_en: str
    services: tuple[str, ...]
    keywords: tuple[str, ...]
    owner: str
    review_date: date
    body_fa: str
    body_en: str


def read_articles(pack: Pack) -> tuple[list[ArticleText], list[Fault]]:
    """The articles of a pack in the order of their codes, and every fault in them.

    Their services come out in the order of the city's own. A base's article leaves out the services the
    pack does without, stays away when it is about no other, and is the centre's where the city does not have
    its owner.
    """
    articles: list[ArticleText] = []
    faults: list[Fault] = []
    for code in sorted(pack.articles):
        reader = _Reader(code, pack)
        article = reader.article()
        if reader.unwanted:
            continue
        faults += reader.faults
        if article is not None:
            articles.append(article)
    return articles, faults


def render_article(article: ArticleText) -> str:
    """The article's file in the tidy form."""
    return "\n".join(
        [
            _FENCE,
            f"title_fa = {toml_string(article.title_fa)}",
            f"title_en = {toml_string(article.title_en)}",
            f"services = {toml_list(article.services)}",
            f"keywords = {toml_list(article.keywords)}",
            f"owner = {toml_string(article.owner)}",
            f"review_date = {article.review_date.isoformat()}",
            _FENCE,
            article.body_fa,
            "",
            _ENGLISH,
            "",
            article.body_en,
            "",
        ]
    )


class _Reader:
    """Reads one file and notes what is wrong in it."""

    def __init__(self, code: str, pack: Pack) -> None:
        self.faults: list[Fault] = []
        self._code = code
        self._pack = pack
        self._lines = pack.articles[code].splitlines()
        self._file = pack.article_files[code]
        self.unwanted = False

    def article(self) -> ArticleText | None:
        """The article, or None when a fault keeps it from being one."""
        head, body = self._split()
        if head is None:
            return None
        given = self._head(head)
        self._leave_out(given)
        persian, english = self._bodies(body)
        if not self.faults:
            self._check_references(given)
        if self.faults:
            return None
        order = {name: place for place, name in enumerate(self._pack.codes("service"))}
        return ArticleText(
            code=self._code,
            title_fa=given["title_fa"].strip(),
            title_en=given["title_en"].strip(),
            services=tuple(sorted(set(given["services"]), key=lambda name: order.get(name, 0))),
            keywords=tuple(word.strip() for word in given["keywords"]),
            owner=given["owner"],
            review_date=given["review_date"],
            body_fa=persian,
            body_en=english,
        )

    def _leave_out(self, given: dict[str, Any]) -> None:
        gone, named = self._pack.dropped.get("service", set()), given.get("services")
        if isinstance(named, list) and self._file != f"{ARTICLES_FOLDER}/{self._code}.md":
            given["services"] = [one for one in named if one not in gone]
            self.unwanted = bool(named) and not given["services"]
            if given.get("owner") and not self._pack.knows("department", str(given["owner"])):
                given["owner"] = _centre_of(self._pack) or given["owner"]

    def _check_references(self, given: dict[str, Any]) -> None:
        wanted = [("services", "service", name) for name in given["services"]]
        wanted += [("owner", "department", given["owner"])] if given["owner"] else []
        for key, table, code in wanted:
            if not self._pack.knows(table, code):
                self._note(key, f"{table} {code!r} does not exist", nearest(code, self._pack.codes(table)))

    def _split(self) -> tuple[list[str] | None, list[str]]:
        fences = [n for n, line in enumerate(self._lines) if line.strip() == _FENCE][:2]
        if len(fences) < 2 or fences[0] != 0:
            self._note(
                "", "the head is missing", f"begin with a line {_FENCE}, the keys, and a line {_FENCE}"
            )
            return None, []
        return self._lines[1 : fences[1]], self._lines[fences[1] + 1 :]

    def _head(self, lines: list[str]) -> dict[str, Any]:
        try:
            given = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found.group(1)) + 1 if found else 1
            self.faults.append(Fault(self._file, line, f"not TOML: {error}", "mend this line"))
            return {}
        for name in given.keys() - set(_KEYS):
            self._note(name, f"unknown key {name!r}", nearest(name, list(_KEYS)))
        kinds = {"services": _is_texts, "keywords": _is_texts, "review_date": _is_day, "owner": _is_text}
        for name in _KEYS:
            if name not in given:
                self._note("", f"{name} is missing", "add it to the head")
            elif not kinds.get(name, _is_filled)(given[name]):
                self._note(name, f"{name} cannot be {given[name]!r}", "see cities/README.md")
        return given

    def _bodies(self, lines: list[str]) -> tuple[str, str]:
        marks = [n for n, line in enumerate(lines) if line.strip() == _ENGLISH]
        if len(marks) != 1:
            self._note("", f"there is not exactly one line {_ENGLISH}", "put it between the two texts")
            return "", ""
        persian, english = "\n".join(lines[: marks[0]]).strip(), "\n".join(lines[marks[0] + 1 :]).strip()
        if not persian or not english:
            self._note("", "a text is empty", "write the Persian and the English text")
        return persian, english

    def _note(self, key: str, what: str, mend: str) -> None:
        at = (n for n, line in enumerate(self._lines, 1) if key and re.match(rf"{re.escape(key)}\s*=", line))
        self.faults.append(Fault(self._file, next(at, 1), what, mend))


def _centre_of(pack: Pack) -> str:
    kinds = {str(row["kind"]): str(row["code"]) for row in pack.table("department")}
    return kinds.get(DepartmentKind.CENTRE, "")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_filled(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 200


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_filled(one) and ";" not in one for one in value)


def _is_day(value: Any) -> bool:
    return type(value) is date


def reminders(pack: Pack, articles: list[ArticleText], today: date) -> Iterator[Fault]:
    """Warnings about articles that load: due for review, owned by nobody, missing for a service."""
    for one in articles:
        file = pack.article_files[one.code]
        if one.review_date <= today:
            yield Fault(
                file,
                1,
                f"was to be reviewed by {one.review_date}",
                "read it over and set a new date",
                warning=True,
            )
        if not one.owner:
            yield Fault(file, 1, "nobody owns it", "name the department that keeps it true", warning=True)
    explained = {code for one in articles for code in one.services}
    yield from listed(
        [row for row in pack.table("service") if row["code"] not in explained],
        "services have no article",
        "write what an operator can read out (articles/CODE.md)",
    )
