"""Prints what is understood: `.venv-bot/bin/python -m tests.bot.nlu.safety.try_message "my chest hurts"`."""

import json
import sys

from bot.nlu.clinical.analyser import ClinicalAnalyser
from bot.nlu.clinical.vocabulary import Vocabulary
from bot.nlu.safety.decision import decide, quieted_by
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.rules import RedFlags
from tests.bot.nlu.clinical.conftest import LEXICON, SCHEMA


def main() -> None:
    analyser = ClinicalAnalyser(Vocabulary.compile(LEXICON, SCHEMA))
    detector = RedFlagDetector(RedFlags.compile(LEXICON, SCHEMA))
    for text in sys.argv[1:] or map(str.rstrip, sys.stdin):
        print(text)
        for entity in analyser.entities(text):
            print("  ", json.dumps(entity, ensure_ascii=False))
        signs = detector.signs(text)
        for sign in signs:
            print(f"   sign {sign.rule}: {sign.text!r}", f"(quiet: {quieted_by(sign)})" if quieted_by(sign) else "")
        print("  ", decide(signs))


if __name__ == "__main__":
    main()
