"""What a caller wants a song about: the subject, what it does, the mood and the genre, read from a prompt.

English is read with a small grammar of noun phrases, relative clauses and statements. In other languages that write in
words, and in any script, the caller's words are kept as they are and used as names.
"""

from dataclasses import dataclass, field

from models.lyrics.clauses import LONGEST_PHRASE, breaks, deed_at, link, object_of, phrase_end
from models.lyrics.grammar import article, is_gerund, is_mass, is_plural, is_verb, stems
from models.lyrics.vocabulary import theme_of_word, words

MOST_SUBJECTS = 6
ABBREVIATION = range(2, 6)  # letters


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something to sing about.

    forms  how it may be called within a sentence, the fullest first
    one    the same as one of many, "a sailor", or "" where that says something else
    deed   what it does, as a verb phrase that agrees with it, or ""
    """

    forms: tuple[str, ...]
    is_many: bool = False
    is_alive: bool = False
    deed: str = ""
    words: tuple[str, ...] = ()
    one: str = ""


@dataclass(slots=True)
class Reader:
    """Walks over the words of one sentence and collects its noun phrases."""

    is_shouted: bool
    found: list[Subject] = field(default_factory=list)
    _first: str = ""
    _phrase: list[str] = field(default_factory=list)

    def read(self, sentence: list[str]) -> None:
        place = 0
        while place < len(sentence):
            self._first = sentence[0]
            place = self._step(sentence, place)
        self._close()

    def _step(self, sentence: list[str], place: int) -> int:
        """Take the word at a place, or the clause that begins there; returns the place after it."""
        low = sentence[place].lower()
        if is_gerund(low) and not self._phrase:
            return self._activity(sentence, place)
        if low in words("relatives") and self._phrase:
            return self._clause(sentence, place, place + 1)
        if breaks(low):
            self._close(link(sentence, place) if low in words("links") and self._content() else "")
            is_doer = low in words("pronouns") or low in words("auxiliaries") or low == "to"
            return place + 1 + (is_doer and place + 1 < len(sentence) and is_verb(sentence[place + 1]))
        if self._is_predicate(sentence, place):
            return self._clause(sentence, place, place)
        if low in words("determiners"):
            self._close()
        if low not in words("fillers"):
            self._phrase.append(sentence[place])
        return place + 1

    def _activity(self, sentence: list[str], place: int) -> int:
        """A verb in -ing and what follows it are a subject as a whole: "losing my job"."""
        end = phrase_end(sentence, place, LONGEST_PHRASE)
        phrase = [token.lower() for token in sentence[place:end]]
        self._add(Subject((" ".join(phrase),), words=tuple(phrase)))
        self.read(sentence[place + 1 : end])
        return end

    def _clause(self, sentence: list[str], place: int, verb: int) -> int:
        """What the noun phrase before does; its objects are subjects too."""
        deed, after = deed_at(sentence, verb)
        if not deed:
            self._close()
            return max(after, place + 1)
        if is_gerund(sentence[verb]):
            deed = ("are " if is_plural(self._phrase[-1]) else "is ") + deed
        self._close(deed=deed)
        self.read(object_of(sentence[verb:after]))
        return after

    def _is_predicate(self, sentence: list[str], place: int) -> bool:
        """Whether a verb follows a noun phrase here: "my dog stole the turkey"."""
        if not self._content() or not is_verb(sentence[place]):
            return False
        low, last = sentence[place].lower(), self._phrase[-1].lower()
        if last in words("adjectives") or (last in words("verbs") and not _is_known_noun(last)):
            return False
        if low in words("past") or low.endswith("ed"):
            return True
        goes_on = place + 1 < len(sentence)
        if is_gerund(low):
            is_one = self._phrase[0].lower() in words("determiners") or self._phrase[-1].isupper()
            return (is_one and goes_on) or any(stem in words("beings") for stem in stems(last))
        if low.endswith("s"):
            return goes_on and not is_plural(last) and not _is_known_noun(low)
        return is_plural(last) and low in words("verbs")

    def _content(self) -> list[str]:
        return [token for token in self._phrase if token.lower() not in words("determiners")]

    def _add(self, subject: Subject) -> None:
        if not set(subject.words) & words("rude"):
            self.found.append(subject)

    def _close(self, more: str = "", deed: str = "") -> None:
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
        content = [token if token in names and len(token) > 1 else self._cased(token) for token in content]
        names += [token for token in content if len(token) == 1]
        determiner = phrase[0].lower() if phrase[0].lower() in words("determiners") else ""
        head = content[-1]
        is_named = content[-1] in names and len(content) > len(names) and content[-len(names) - 1] in words("beings")
        is_doing = is_gerund(content[0]) and not determiner
        is_many = is_plural(head) and not is_doing and head not in names
        is_day = content[0].lower() in words("days")
        whose = content[0].removesuffix("'s").lower()
        is_kin = whose in words("kin") and (content[0].endswith("'s") or len(content) == 1)
        if is_kin and not determiner:
            content[0] = content[0].capitalize()
        is_called = is_kin or (content[0].endswith("'s") and content[0] in names)
        is_bare = head in names or is_many or is_doing or is_day or is_called
        before = _article(determiner, head, is_bare=is_bare)
        forms = [f"{before} {' '.join(content)}".strip()]
        if more:
            forms.insert(0, f"{forms[0]} {more}")
        if is_named:
            forms += [" ".join(names)]
        elif len(content) > 1 and not is_doing and head not in names:
            forms.append(f"{_article(determiner, head, is_bare=is_many)} {head}".strip())
        is_any = determiner in {"", "a", "an"} and before == "the" and not set(content) & words("singles")
        one = f"{article(content[0])} {' '.join(content)}" if is_any else ""
        is_alive = is_named or any(stem in words("beings") for stem in stems(content[-1]))
        return Subject(tuple(forms), is_many, is_alive, deed, tuple(token.lower() for token in content), one)

    def _cased(self, token: str) -> str:
        """As it is written within a sentence."""
        if token.lower() in words("proper"):
            return token.capitalize()
        if len(token) == 1:
            return token.upper()
        is_own = token[0].isupper() and token != self._first and not self.is_shouted
        return token if is_own else token.lower()

    def _is_name(self, token: str) -> bool:
        """A capital inside a sentence; at its start, only of a word that is no common one."""
        low = token.lower()
        if (low in words("proper") and low not in words("days")) or token.isdigit():
            return True
        if not self.is_shouted and token.isupper() and len(token) in ABBREVIATION:
            return True
        if self.is_shouted or not token[:1].isupper() or low in words("days"):
            return False
        return token != self._first or not (_is_known_noun(low) or is_verb(low) or low in words("adjectives"))


def _is_known_noun(word: str) -> bool:
    return any(stem in theme_of_word() or stem in words("beings") or stem in words("mass") for stem in stems(word)[:2])


def _article(determiner: str, head: str, *, is_bare: bool) -> str:
    if determiner in words("indefinite") and not is_bare:
        return "the"
    if determiner and determiner not in {"a", "an", "some", "any"}:
        return determiner
    return "" if is_bare or is_mass(head) else "the"
