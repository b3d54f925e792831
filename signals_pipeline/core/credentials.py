"""Credentials in links: what must not be published."""

import re

# A short word that others end in (compass, design) is a name only where it is not the end of a longer one.
# Markdown may have escaped the punctuation.
_CREDENTIAL_NAME = (
    r"(?:(?:[\w.\\\[-]|%5B)*"
    r"(?:access(?:\\?[-_])?key|api(?:\\?[-_])?key|authorization|credentials?|jwt|passphrase|passwd|password|"
    r"private(?:\\?[-_])?key|secret(?:(?:\\?[-_])?key)?|sess(?:ion)?(?:\\?[-_])?(?:id|key)|signature|token)"
    r"|(?:(?:[\w.\\\[-]|%5B)*(?:[-_.\[]|%5B))?(?:auth|pass|pwd|session|sid|sig))"
    r"(?:\\?\]|%5D)?"
)
_NAME = re.compile(_CREDENTIAL_NAME, re.IGNORECASE)
_VALUE_CHARACTER = r"[^&#;\s\"'<>()|]"
_CREDENTIAL = re.compile(
    rf"(?i)([?&#;]{_CREDENTIAL_NAME}\\?=)(?:{_VALUE_CHARACTER}|\({_VALUE_CHARACTER}*\))+"
)
_ENCODED_CREDENTIAL = re.compile(
    rf"(?i)(%(?:3F|26|23|3B){_CREDENTIAL_NAME}%3D)(?:(?!%26|%23){_VALUE_CHARACTER})+"
)
# Both may stand right behind the underscores of Markdown. The look ahead spares trying each part of a word
# that cannot be a token, which would take quadratic time.
_JWT = re.compile(r"(?<![\w-])(?=[\w-]+\.[\w-])((?:[\w-]*?[-_])?)eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
_USER = re.compile(r"(?<=://)[^\s/?#|<>\"]+@")
MASK = "***"


def may_hold_credentials(text: str) -> bool:
    """Whether a text has what every link with credentials has; nearly no text of a card does."""
    return "=" in text or _holds(text, "://", "/") or _holds(text, "eyJ", "J") or _holds(text, "%3", "%")


def _holds(text: str, word: str, rare: str) -> bool:
    """Whether a text holds a word, of which one character is rare.

    One character is found a hundred times as fast as several.
    """
    position = text.find(rare)
    while position >= 0:
        # Where the word would begin before the text, what is compared is its end, which is too short.
        if text.startswith(word, position - word.index(rare)):
            return True
        position = text.find(rare, position + 1)
    return False


def names_credential(name: str) -> bool:
    """Whether the value under a name is a credential by that name: a password, a token, a key."""
    return _NAME.fullmatch(name) is not None


def mask_credentials(text: str) -> str:
    """The text with the credentials of its links replaced by ***: sign-in names, tokens, keys, passwords."""
    if not may_hold_credentials(text):
        return text
    if "@" in text:
        text = _USER.sub(f"{MASK}@", text)
    if "eyJ" in text:
        text = _JWT.sub(rf"\g<1>{MASK}", text)
    if "%3" in text:
        text = _ENCODED_CREDENTIAL.sub(rf"\g<1>{MASK}", text)
    return _CREDENTIAL.sub(rf"\g<1>{MASK}", text) if "=" in text else text
