"""Texts as they are read aloud: what is said for numbers and signs, where sentences end, what is never passed on."""

import unicodedata

import pytest

from models.speech.splitting import LONGEST_PIECE
from models.speech.text import LONGEST_TEXT, clean, sentences


def said(text: str, language: str = "en") -> str:
    return " | ".join(sentence.text for sentence in sentences(text, language))


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It has 3 parts.", "It has three parts."),
        ("We sold 1,234 of 1,000,000.", "We sold one thousand two hundred and thirty-four of one million."),
        ("It is 12.5 % or -3.", "It is twelve point five percent or minus three."),
        ("The 3rd of 21st and 100th.", "The third of twenty-first and one hundredth."),
        ("In 1905, 2026 years.", "In nineteen oh five, two thousand and twenty-six years."),
        ("From 1999-2004.", "From nineteen ninety-nine to two thousand and four."),
        ("The 1990s were loud.", "The nineteen nineties were loud."),
        ("On 2026-11-25.", "On November twenty-fifth, twenty twenty-six."),
        ("On 25 Nov 2026.", "On the twenty-fifth of November, twenty twenty-six."),
        ("On Nov. 25th, 2026.", "On November twenty-fifth, twenty twenty-six."),
        ("On 11/25.", "On November twenty-fifth."),
        ("On 11/25/2026.", "On November twenty-fifth, twenty twenty-six."),
        ("At 10:30 and 9:05 pm.", "At ten thirty and nine oh five pee em."),
        ("At 5 p.m. we left.", "At five pee em we left."),
        ("For $3.50 or $1.", "For three dollars and fifty cents or one dollar."),
        ("For £0.99, €5m and $1.2 billion.", "For ninety-nine pence, five million euros and one point two billion dollars."),
        ("3 kg, 1 km, 16 GB, 20 °C.", "three kilograms, one kilometre, sixteen gigabytes, twenty degrees Celsius."),
        ("50 Hz at 100mph.", "fifty hertz at one hundred miles per hour."),
        ("Dr. Lee met Mrs. Ray, e.g. twice.", "Doctor Lee met Missus Ray, for example twice."),
        ("St. Peter lives on Elm St. there.", "Saint Peter lives on Elm Street there."),
        ("Call 555-0199 or (415) 555-0132.", "Call five five five, oh one nine nine or four one five, five five five, oh one three two."),
        ("See https://www.example.com/a-b.", "See example dot com slash a dash b."),
        ("Mail a.b@example.org now.", "Mail a dot b at example dot org now."),
        ("Henry VIII and Chapter IV.", "Henry the eighth and Chapter four."),
        ("NASA and the BBC.", "NASA and the B B C."),
        ("1/2 and 3/4 of it.", "one half and three quarters of it."),
        ("Version v1.2.3 & more.", "Version one point two point three and more."),
        ("Card 1234567890123456.", "Card one two three four five six seven eight nine zero one two three four five six."),
        ("I am in. 3 in all.", "I am in. | three in all."),
    ],
)  # fmt: skip
def test_english_is_read_as_people_read_it(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("de", "Am 3. Mai kamen 1.234,5 Leute.", "Am dritten Mai kamen eintausendzweihundertvierunddreißig Komma fünf Leute."),
        ("fr", "Il a 71 ans.", "Il a soixante et onze ans."),
        ("es", "Hay 21 casas.", "Hay veintiuno casas."),
        ("pl", "Mam 3 koty.", "Mam trzy koty."),
        ("pt-br", "São 14 horas.", "São catorze horas."),
        ("zh", "我有3本书。", "我有3本书。"),
        ("gd", "Tha 3 ann.", "Tha 3 ann."),  # unknown to num2words
    ],
)  # fmt: skip
def test_numbers_of_other_languages(language: str, written: str, spoken: str) -> None:
    assert said(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Mr. J. S. Bach came. He left! Why? Nobody knows...", 4),
        ("en", "It was 3.5 m, i.e. long. \"Yes!\" he said. 'No.' She left.", 4),
        ("en", "I live in the U.S. He does not. Fig. 3 says no. Peter does not.", 4),
        ("de", "Er kam am 3. Mai, z.B. mit Dr. Maier. Dann ging er.", 2),
        ("fr", "M. Dupont arrive. Il repart.", 2),
        ("zh", "你好。今天好吗？很好！", 3),
        ("hi", "नमस्ते। आप कैसे हैं?", 2),
    ],
)
def test_sentences_end_where_they_do(language: str, text: str, count: int) -> None:
    assert len(sentences(text, language)) == count


def test_pauses_follow_the_punctuation() -> None:
    found = sentences("One. Two? Three.\n\nFour. Five", "en")

    full_stop, question, paragraph, _, last = (sentence.pause_s for sentence in found)
    assert 0 < full_stop < question < paragraph
    assert last == 0


def test_controls_tags_and_pictures_are_never_spoken() -> None:
    text = (
        "<speak>Hi\x00 \x1b[31mthere</speak>\x07 🎉 <break time='9s'/> [[h@loU]] `rm -rf` $(id) \u202eabc\ufeff {x|y}"
    )

    out = clean(text)

    assert not any(unicodedata.category(character)[0] == "C" for character in out)
    assert not set(out) & set("<>[]{}|`\\")
    assert "break" not in out
    assert said("Hi <b>there</b>.") == "Hi there ."


@pytest.mark.parametrize(
    "text",
    [
        "word " * 4000,
        "word, " * 1000,
        "a" * 5000,
        "字" * 5000,
        "This is a sentence of usual length, with a clause. " * 390,
        "; ".join(["a clause that goes on"] * 300),
    ],
)
def test_long_texts_come_in_short_pieces_and_lose_nothing(text: str) -> None:
    found = sentences(text, "en")

    assert max(len(sentence.text) for sentence in found) <= LONGEST_PIECE
    assert "".join("".join(sentence.text for sentence in found).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["", " \n ", "...", "?!", "\x00\x01", "🎉🎉", "<break/>"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no words"):
        sentences(text, "en")


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than"):
        sentences("a " * LONGEST_TEXT, "en")


@pytest.mark.parametrize("language", ["en", "de", "fr", "ru", "zh", "ar", "xx"])
def test_anything_can_be_read(language: str) -> None:
    """Runs of digits and signs in any order make no error."""
    signs = "0123456789.,:/-$€% °IVX'\"()@#&+=~<>St.aApPmM\n"
    state = 7
    for _ in range(300):
        text = "x"
        for _ in range(30):
            state = (state * 1_103_515_245 + 12_345) % 2**31
            text += signs[(state >> 8) % len(signs)]
        assert sentences(text, language)
