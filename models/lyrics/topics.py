"""What words say of a song as a whole: its themes, mood and genre."""

from models.lyrics.grammar import stems
from models.lyrics.vocabulary import named, theme_of_word, words


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
    """The mood by the words that say so: bright, dark or nothing."""
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


def genre_asked_for(tokens: list[str]) -> str:
    """The genre a prompt names; words of everyday life count only next to a word for a song, or before "about"."""
    for index, token in enumerate(tokens):
        beside = tokens[max(0, index - 2) : index + 3]
        is_asked = bool(set(beside) & (words("songs") | {"style", "genre", "vibe", "beat"}))
        is_asked = is_asked or tokens[index + 1 : index + 2] == ["about"]
        if genre_of([token]) and (token not in words("ambiguous") or is_asked):
            return genre_of([token])
    return ""
