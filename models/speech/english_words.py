"""English words behind signs, units, names of months and what is written short."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
MONTH = "|".join([*MONTHS, *(month[:3] for month in MONTHS), "Sept"])
TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Jr": "Junior", "Sr": "Senior",
    "Gen": "General", "Col": "Colonel", "Lt": "Lieutenant", "Sgt": "Sergeant", "Capt": "Captain", "Rev": "Reverend",
    "Hon": "Honourable", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
SHORT = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "approx": "approximately",
    "dept": "department", "est": "established", "inc": "incorporated", "ltd": "limited", "corp": "corporation",
    "vol": "volume", "fig": "figure", "ave": "avenue", "blvd": "boulevard", "cf": "compare", "a.m": "ay em",
    "p.m": "pee em",
}  # fmt: skip
UNITS = {
    "km/h": "kilometre per hour", "mph": "mile per hour", "m/s": "metre per second", "km": "kilometre",
    "cm": "centimetre", "mm": "millimetre", "m": "metre", "kg": "kilogram", "mg": "milligram", "g": "gram",
    "ml": "millilitre", "l": "litre", "lb": "pound", "lbs": "pound", "oz": "ounce", "ft": "foot", "mi": "mile",
    "GHz": "gigahertz", "MHz": "megahertz", "kHz": "kilohertz", "Hz": "hertz", "dB": "decibel",
    "kW": "kilowatt", "W": "watt", "V": "volt", "GB": "gigabyte", "MB": "megabyte", "kB": "kilobyte", "KB": "kilobyte",
    "TB": "terabyte", "ms": "millisecond", "s": "second", "min": "minute", "h": "hour", "hrs": "hour",
    "bpm": "beat per minute", "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree",
}  # fmt: skip
SAME_IN_PLURAL = ("hertz",)
MONEY = {
    "$": ("dollar", "cent"),
    "£": ("pound", "penny"),
    "€": ("euro", "cent"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paisa"),
}
PLURALS = {"foot": "feet", "inch": "inches", "penny": "pence", "paisa": "paise", "yen": "yen"}
SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
SCALE_NAMES = ("thousand", "million", "billion", "trillion")
ROMAN = {
    "II": 2,
    "III": 3,
    "IV": 4,
    "VI": 6,
    "VII": 7,
    "VIII": 8,
    "IX": 9,
    "XI": 11,
    "XII": 12,
    "XIII": 13,
    "XIV": 14,
    "XVI": 16,
}
COUNTED = "Chapter|Part|Volume|Act|Scene|Book|Section|Phase|Type|Class|World War"
# Written in capitals and read as words.
READ_AS_WORDS = {
    "NASA", "NATO", "UNESCO", "UNICEF", "AIDS", "OPEC", "LASER", "RADAR", "SCUBA", "ASCII", "RAM", "ROM", "PIN", "SIM",
    "GIF", "JPEG", "OK",
}  # fmt: skip
LETTERS = {"A": "ay"}
SIGNS = {
    "&": " and ", "@": " at ", "+": " plus ", "=": " equals ", "%": " percent ", "#": " number ", "×": " times ",
    "÷": " divided by ", "±": " plus or minus ", "≈": " about ", "§": " section ", "©": " ", "®": " ", "™": " ",
}  # fmt: skip
DOTTED = {
    ".": " dot ",
    "@": " at ",
    "/": " slash ",
    "-": " dash ",
    "_": " underscore ",
    ":": " colon ",
    "?": " ",
    "&": " and ",
}
BEFORE_YEARS = "[Ii]n|[Ss]ince|of|[Ff]rom|[Uu]ntil|till|[Bb]y|[Bb]efore|[Aa]fter|during|year|around|early|late|and|to"
COUNTED_THINGS = "people|men|women|times|dollars|euros|pounds|miles|years|days|hours|items|units"
