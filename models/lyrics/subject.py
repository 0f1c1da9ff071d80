"""What a caller wants a song about: the subject, what it does, the mood and the genre, read from a prompt.

English is read with a small grammar of noun phrases, relative clauses and statements. In other languages that write in
words, and in any script, the caller's words are kept as they are and used as names.
"""

from dataclasses import dataclass, field

from models.lyrics.grammar import is_mass, is_plural, is_verb, stems
from models.lyrics.vocabulary import named, theme_of_word, words

MOST_SUBJECTS = 6
LONGEST_PHRASE = 5  # words of a noun phrase
LONGEST_DEED = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something to sing about.

    forms  how it may be called within a sentence, the fullest first
    deed   what it does, as a verb phrase that agrees with it, or ""
    """

    forms: tuple[str, ...]
    is_many: bool = False
    is_alive: bool = False
    deed: str = ""
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Reader:
    """Walks over the words of one sentence and collects its noun phrases."""

    is_shouted: bool
    found: list[Subject] = field(default_factory=list)
    _first: str = ""
    _phrase: list[str] = field(default_factory=list)

    def read(self, sentence: list[str]) -> None:
        if not sentence:
            return
        self._first = sentence[0]
        place = 0
        while place < len(sentence):
            token = sentence[place]
            low = token.lower()
            if low.endswith("ing") and is_verb(low) and not self._phrase:
                end = _end(sentence, place, LONGEST_PHRASE)
                self._add(Subject((" ".join(sentence[place:end]).lower(),), words=tuple(map(str.lower, sentence[place:end]))))
                self.read(sentence[place + 1 : end])
                self._first = sentence[0]
                place = end
                continue
            if low in words("relatives") and self._phrase:
                deed, after = _deed(sentence, place + 1)
                self._close(deed)
                if deed:
                    self.read(sentence[place + 2 : after])
                    self._first = sentence[0]
                    place = after
                    continue
            elif low in words("links") and self._content():
                self._close("", _link(sentence, place))
            elif _breaks(low):
                self._close("")
                follows = sentence[place + 1] if place + 1 < len(sentence) else ""
                is_after_doer = low in words("pronouns") or low in words("auxiliaries") or low == "to"
                place += is_after_doer and is_verb(follows)
            elif self._is_predicate(sentence, place):
                deed, after = _deed(sentence, place)
                if low.endswith("ing") and deed:
                    deed = ("are " if is_plural(self._phrase[-1]) else "is ") + deed
                self._close(deed)
                self.read(sentence[place + 1 : after])
                self._first = sentence[0]
                place = after
                continue
            else:
                if low in words("determiners"):
                    self._close("")
                self._phrase.append(token)
            place += 1
        self._close("")

    def _is_predicate(self, sentence: list[str], place: int) -> bool:
        """Whether a verb follows a noun phrase here: "my dog stole the turkey"."""
        if not self._content() or not is_verb(sentence[place]):
            return False
        low, last = sentence[place].lower(), self._phrase[-1].lower()
        if last in words("adjectives") or last in words("verbs") and not _is_known_noun(last):
            return False
        if low in words("past"):
            return True
        goes_on = place + 1 < len(sentence)
        if low.endswith("ing"):
            return any(stem in words("beings") for stem in stems(last))
        if low.endswith("s"):
            return goes_on and not is_plural(last) and not _is_known_noun(low)
        return is_plural(last) and goes_on and not _is_known_noun(low)

    def _content(self) -> list[str]:
        return [token for token in self._phrase if token.lower() not in words("determiners")]

    def _add(self, subject: Subject) -> None:
        if not set(subject.words) & words("rude"):
            self.found.append(subject)

    def _close(self, deed: str, more: str = "") -> None:
        phrase, self._phrase = self._phrase, []
        content = [token for token in phrase if token.lower() not in words("determiners")]
        while content and content[-1].lower() in words("adjectives") and not _is_known_noun(content[-1].lower()):
            content.pop()
            phrase = phrase[: phrase.index(content[-1]) + 1] if content else []
        if not content or all(token.lower() in words("fillers") for token in content):
            return
        names = [token for token in content if self._is_name(token)]
        before = content[: -len(names)] if names and content[-len(names) :] == names else []
        if before and before[-1].lower() not in words("beings"):  # "birthday Anna": two things
            self._add(self._subject(phrase[: phrase.index(names[0])], before[-LONGEST_PHRASE:], "", ""))
            phrase, content = names, names
        self._add(self._subject(phrase, content[-LONGEST_PHRASE:], deed, more))

    def _subject(self, phrase: list[str], content: list[str], deed: str, more: str) -> Subject:
        names = [token for token in content if self._is_name(token)]
        content = [
            token.upper() if len(token) == 1 else token if token[0].isupper() and (token != self._first or token.lower() in words("days")) and not self.is_shouted else
            token if token in names else token.lower() for token in content
        ]
        names += [token for token in content if len(token) == 1]
        determiner = phrase[0].lower() if phrase[0].lower() in words("determiners") else ""
        head = content[-1]
        is_named = content[-1] in names and len(content) > len(names) and content[-len(names) - 1] in words("beings")
        is_gerund = content[0].endswith("ing") and is_verb(content[0]) and not determiner
        is_many = is_plural(head) and not is_gerund and head not in names
        is_day = content[0].lower() in words("days")
        before = _article(determiner, head, is_bare=head in names or is_many or is_gerund or is_day)
        forms = [f"{before} {' '.join(content)}".strip()]
        if more:
            forms.insert(0, f"{forms[0]} {more}")
        if is_named:
            forms += [" ".join(names)]
        elif len(content) > 1 and not is_gerund and head not in names:
            forms.append(f"{_article(determiner, head, is_bare=is_many)} {head}".strip())
        is_alive = bool(deed) or is_named or any(stem in words("beings") for stem in stems(content[-1]))
        return Subject(tuple(forms), is_many, is_alive, deed, tuple(token.lower() for token in content))

    def _is_name(self, token: str) -> bool:
        """A capital inside a sentence; at its start, only of a word that is no common one."""
        low = token.lower()
        if self.is_shouted or not token[:1].isupper() or low in words("days"):
            return False
        return token != self._first or not (_is_known_noun(low) or is_verb(low) or low in words("adjectives"))


def _is_known_noun(word: str) -> bool:
    return any(stem in theme_of_word() or stem in words("beings") or stem in words("mass") for stem in stems(word)[:2])


def _breaks(low: str) -> bool:
    return (
        low in words("pronouns")
        or low in words("auxiliaries")
        or low in words("conjunctions")
        or low in words("prepositions")
        or low in words("relatives")
    )


def _deed(sentence: list[str], place: int) -> tuple[str, int]:
    """The verb phrase at a place, and where it ends; "" if there is none that can be sung."""
    end = place
    while end < len(sentence) and sentence[end].lower() not in words("conjunctions") | words("relatives"):
        end += 1
    phrase = sentence[place:end]
    while len(phrase) > LONGEST_DEED:
        cut = [index for index, token in enumerate(phrase) if index > 1 and token.lower() in words("prepositions")]
        if not cut:
            return "", end
        phrase = phrase[: cut[-1]]
    closing = words("prepositions") - {"in", "on", "off", "out", "up", "down", "over", "away"}
    while phrase and (phrase[-1].lower() in words("determiners") | closing):
        phrase.pop()
    low = [token.lower() for token in phrase]
    if not low or not (is_verb(low[0]) or low[0] in words("auxiliaries") - {"always"}):
        return "", end
    if len(low) == 1 and low[0] in words("auxiliaries"):
        return "", end
    return " ".join(token.lower() if token.isupper() and len(token) > 1 else token for token in phrase), end


def _end(sentence: list[str], place: int, most: int) -> int:
    """Where a phrase of at most so many words that begins at a place ends: before a conjunction or a loose end."""
    end = place
    while end < min(len(sentence), place + most) and sentence[end].lower() not in words("conjunctions"):
        end += 1
    while end > place + 1 and sentence[end - 1].lower() in words("determiners") | words("prepositions") - {"out", "up"}:
        end -= 1
    return end


def _link(sentence: list[str], place: int) -> str:
    """What a preposition adds to the noun phrase before it: "of old books"; "" if that is too much to sing."""
    end = place + 1
    while end < len(sentence) and not _breaks(sentence[end].lower()) and not sentence[end].lower().endswith("ing"):
        end += 1
    phrase = sentence[place:end]
    if not 2 <= len(phrase) <= LONGEST_PHRASE or phrase[-1].lower() in words("determiners"):  # noqa: PLR2004
        return ""
    return " ".join(token.lower() if token.isupper() else token for token in phrase)


def _article(determiner: str, head: str, *, is_bare: bool) -> str:
    if determiner in words("indefinite") and not is_bare:
        return "the"
    if determiner and determiner not in {"a", "an", "some", "any"}:
        return determiner
    return "" if is_bare or is_mass(head) else "the"


def theme_names(tokens: list[str]) -> list[str]:
    """Themes that words name, in order of their first word."""
    found: dict[str, None] = {}
    for token in tokens:
        for stem in stems(token):
            if stem in theme_of_word():
                found.setdefault(theme_of_word()[stem])
                break
    return list(found)


def mood_of(tokens: list[str]) -> str:
    """"bright", "dark" or "" by the words that say so."""
    votes = {name: sum(token in listed for token in tokens) for name, listed in named("moods").items()}
    best = max(votes, key=lambda name: votes[name])
    return best if votes[best] > 0 and list(votes.values()).count(votes[best]) == 1 else ""


def genre_of(tokens: list[str]) -> str:
    """The genre of forms.toml that words name first, or ""."""
    for token in tokens:
        for name, listed in named("genres").items():
            if token in listed:
                return name
    return ""
