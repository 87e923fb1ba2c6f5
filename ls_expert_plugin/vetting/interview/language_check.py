"""Language identification, rough: whether a text is clearly in another language than it should be. Pure.

By the script of its letters, and by stop words, the small words that every sentence has. What cannot be told counts as right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

_STOP_WORDS = """
en a the and of to in that is was for with you your how what which did do does who have had has it from when why this are were would could
en about be an not or by at on as they them their where than then so if there can will more most tell me please any into over after before again
en here both each some other too very just now i my we our he she his her him us am been being while because until against between through up down out
en off under without within ago yourself own may might shall should must also only ever yet whom whose these those anything
de der die das und ist war mit sie ihr ihre wie was welche haben hatten von für nicht ein eine einen zu im den dem auf wann warum bei es auch oder wenn
fr le la les des et est vous votre vos avez avec pour dans que qui quel quelle quels comment une un du au pas ce cette sur par quand pourquoi ou il en de
es el la los las y es usted su sus con para en que qué cuál cómo una un del al no este esta por cuándo o lo se ha de tuvo
it il la le gli di e è lei suo sua con per in che quale come una un del della non questo questa quando perché ha o lo si da nel
pt o a os as e é você seu sua com para em que qual como uma um do da não este esta quando por teve ou no na de
nl de het een en is was u uw met voor in dat die hoe wat welke heeft had van niet op wanneer waarom er bij te of ook
sv och att det som en ett är var du din hur vad vilken har hade av inte på när varför med för i till om den
da og at det som en et er var du din hvordan hvad hvilken har havde af ikke på når hvorfor med for i til om den de
nb og at det som en et er var du din hvordan hva hvilken har hadde av ikke på når hvorfor med for i til om den de
fi ja on oli että se joka mitä miten miksi milloin mikä te teidän ei kun kanssa tai ovat olette olitte sekä
pl i w na z że się jest był pan pani jak co który która kiedy dlaczego nie do od czy o dla przez lub
cs a v na z že se je byl jste vaše jak co který která kdy proč ne do od s pro nebo o při
ro și în la cu că este a fost dumneavoastră cum ce care când de nu pentru din o un sau pe
hu a az és hogy van volt ön hogyan mi melyik mikor miért nem egy is de meg vagy ha
tr ve bir bu için ile ne nasıl hangi mi mı siz sizin olarak daha çok neden değil veya gibi
id dan yang di ke dari untuk dengan anda bagaimana apa mana kapan mengapa ini itu tidak adalah atau pada
vi và của là có không những một các cho với anh chị thế nào gì khi trong được đã này bạn
"""
# By ISO 639-1 code; a line may go on under the same code.
STOP_WORDS: Mapping[str, frozenset[str]] = {
    code: frozenset(word for line in _STOP_WORDS.split("\n") if line[:3] == f"{code} " for word in line.split()[1:])
    for code in dict.fromkeys(line[:2] for line in _STOP_WORDS.split("\n") if line)
}
# Scripts by the first word of their letters' Unicode names. Languages that are written in several are left out.
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    code: tuple(scripts.split("+")) for scripts, codes in {
        "CYRILLIC": "ru uk be bg mk", "GREEK": "el", "ARABIC": "ar fa ur ps ug", "HEBREW": "he yi", "DEVANAGARI": "hi mr ne sa", "BENGALI": "bn as",
        "GURMUKHI": "pa", "GUJARATI": "gu", "ORIYA": "or", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml", "SINHALA": "si",
        "THAI": "th", "LAO": "lo", "TIBETAN": "bo dz", "MYANMAR": "my", "GEORGIAN": "ka", "ETHIOPIC": "am ti", "KHMER": "km", "HANGUL+CJK": "ko",
        "HIRAGANA+KATAKANA+CJK": "ja", "CJK": "zh", "ARMENIAN": "hy", "THAANA": "dv",
    }.items() for code in codes.split()
}
_SEVERAL = frozenset([
    "sr", "bs", "az", "uz", "tk", "kk", "ky", "tg", "mn", "ku", "ks", "sd", "tt", "ba", "cv", "ce", "av", "ab", "os", "kv", "cr", "iu", "za", "ii", "ha", "cu",
    "ae", "pi", "ff", "ms",
])
# Words without spaces between them, so that words cannot be counted; and sentences that need no mark at their end.
UNSPACED = frozenset(["zh", "ja", "th", "lo", "km", "my", "bo", "dz"])
UNMARKED = UNSPACED | {"ii"}
SHARE_OF_SCRIPT = 0.6  # of the letters; the rest may be names and terms
MIN_WORDS = 5  # fewer say nothing
SHARE_OF_KNOWN = 0.3  # of the words of a text in a language without a list, at most, may be those of one that has one


def is_other(words: Sequence[str], language: str) -> bool:
    """Whether words (casefolded) are clearly those of another language than ``language``."""
    letters = [char for word in words for char in word if char.isalpha()]
    if letters and language not in _SEVERAL:
        scripts = _SCRIPTS.get(language, ("LATIN",))
        fitting = sum(unicodedata.name(char, "").split(" ")[0].split("-")[0] in scripts for char in letters)
        if fitting < SHARE_OF_SCRIPT * len(letters):
            return True
    if len(words) < MIN_WORDS:
        return False
    code = "nb" if language in ("no", "nn") else language
    hits = {other: sum(word in listed for word in words) for other, listed in STOP_WORDS.items()}
    own = hits.pop(code, None)
    most = max(hits.values())
    if own is None:
        return language not in UNSPACED and most > SHARE_OF_KNOWN * len(words)
    return most >= 2 and most > 2 * own
