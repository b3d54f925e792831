"""How often a topic is called what it is not, and how soon one that changes is called.

`python -m signals_pipeline_tests.calls_calibration [--families N]` simulates families of 300 topics that do
not change and 30 of a kind, in 170 newsletter issues of about 15.5 cards, and prints what is called of the
30 with the data up to the last issue; then shifts of names whose form goes out of use, forecasts, ideas in
five phrasings, and, with a look after every issue, corpora in which nothing changes and topics that come
up. Beside each figure stand what it was before directions were told apart from trends, and the bar that it
has to meet.
"""

import argparse
import math
from collections.abc import Iterator
from itertools import chain

from signals_pipeline_tests.calibrations.alerts import NULLS, figures_of_announcements, figures_of_null
from signals_pipeline_tests.calibrations.detection import detect, detection_table, figures_of_detection
from signals_pipeline_tests.calibrations.events import figures_of_forecasts, figures_of_forms
from signals_pipeline_tests.calibrations.figures import table
from signals_pipeline_tests.calibrations.ideas import figures_of_ideas
from signals_pipeline_tests.calibrations.kinds import figures_of_kinds

FAMILIES = 200


def lines(n_families: int) -> Iterator[str]:
    """The two tables; what is looked at after every issue takes longer, so there is less of it."""
    some, few = math.ceil(n_families / 10), math.ceil(n_families / 50)
    found = detect(math.ceil(n_families / 2))
    yield from table(
        chain(
            figures_of_kinds(n_families),
            figures_of_forms(some),
            figures_of_forecasts(some),
            figures_of_ideas(some),
            *map(figures_of_null, NULLS, (few, few, 1)),
            figures_of_announcements(math.ceil(n_families / 8)),
            figures_of_detection(found),
        )
    )
    yield ""
    yield from detection_table(found)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=FAMILIES, help="of each kind")
    for line in lines(parser.parse_args().families):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
