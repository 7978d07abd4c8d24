"""The attributions the corpus asks for, written from its lists.

python -m creative.starter.recipe.attribution --corpus FOLDER
"""

from __future__ import annotations

import argparse
import html
from pathlib import Path

from creative.starter.recipe.data import STARTER

HEAD = """# Attributions

The starter was trained on these works, among public-domain books. None of their text is in this repository.
"""


def write_attributions(corpus: Path) -> str:
    """The page of attributions: a section for each source that asks for one."""
    parts = [HEAD]
    simple = corpus / "simple_stories"
    for title, place, name in (
        ("African Storybook", "africanstorybook.org", "africanstorybook_en"),
        ("Pratham Books", "prathambooks.org, StoryWeaver", "prathambooks_en"),
    ):
        rows = [
            f"- {html.unescape(r[1])}, {html.unescape(r[2])}"
            for r in _rows(simple / f"{name}.ATTRIBUTION.tsv")
        ]
        parts.append(
            f"## {title} ({place}), Creative Commons Attribution (CC BY)\n\n" + "\n".join(sorted(set(rows)))
        )
    titles = sorted({f"- {html.unescape(r[1])}" for r in _rows(simple / "bookdash_en.ATTRIBUTION.tsv")})
    parts.append(
        "## Book Dash (bookdash.org), Creative Commons Attribution 4.0 (CC BY 4.0)\n\n" + "\n".join(titles)
    )
    news = [
        f"- [{html.unescape(r[1])}]({r[2]})" for r in _rows(corpus / "news" / "gum_wikinews.ATTRIBUTION.tsv")
    ]
    parts.append(
        "## Wikinews (wikinews.org), by way of the GUM corpus, Creative Commons Attribution 2.5 (CC BY 2.5)\n\n"
        + "\n".join(sorted(set(news)))
    )
    return "\n\n".join(parts) + "\n"


def _rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    """Write creative/starter/ATTRIBUTION.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    text = write_attributions(parser.parse_args().corpus)
    (STARTER / "ATTRIBUTION.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
