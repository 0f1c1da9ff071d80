"""What voices say when they are measured or imitated: some ten seconds with most sounds of the language."""

PASSAGES = {
    "en": "The north wind and the sun were arguing about which of them was stronger, when a traveller came along. "
    "They agreed that the one who first made him take his warm cloak off was the stronger of the two.",
    "de": "Einst stritten sich Nordwind und Sonne, wer von ihnen beiden der Stärkere wäre, als ein Wanderer kam.",
    "fr": "La bise et le soleil se disputaient, chacun assurant qu'il était le plus fort, quand un voyageur vint.",
    "es": "El viento del norte y el sol discutían sobre cuál de ellos era el más fuerte, cuando pasó un viajero.",
    "it": "Si bisticciavano un giorno il vento di tramontana e il sole, l'uno pretendendo d'esser più forte.",
    "pt": "O vento norte e o sol discutiam qual dos dois era o mais forte, quando passou um viajante.",
    "nl": "De noordenwind en de zon twistten over wie van hen de sterkste was, toen er een reiziger kwam.",
    "pl": "Pewnego razu północny wiatr i słońce sprzeczali się, kto z nich jest silniejszy, gdy nadszedł podróżny.",
}


def passage(language: str) -> str:
    """For a language such as en-gb; the English one where there is none in the language."""
    return PASSAGES.get(language.partition("-")[0], PASSAGES["en"])
