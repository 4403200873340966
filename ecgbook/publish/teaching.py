"""What the pages for students and teachers hold that is made from the book itself."""

from ecgbook.publish.notebook import load

__all__ = ["assignment_table", "minutes_table", "section_minutes", "write_teaching"]

# A line of code takes about as long to read as this many words of text.
_WORDS_A_LINE = 6
_CLOSING = ("Further reading", "Exercises")


def write_teaching(book, site):
    """Write the list of assignments and the minutes a section, for pages to include."""
    folder = site / "_generated"
    (folder / "assignments.md").write_text(assignment_table(book), encoding="utf-8")
    (folder / "minutes.md").write_text(minutes_table(book), encoding="utf-8")


def assignment_table(book):
    """Return the assignments that are handed out as a Markdown table, with links to Colab."""
    lines = ["| Assignment | You do | In Colab |", "|---|---|---|"]
    root = book.root / "book" / "assignments" / "student"
    address = book.repository_url.removeprefix("https://github.com/")
    start = f"https://colab.research.google.com/github/{address}/blob/{book.tag}"
    for path in sorted(root.glob("*.ipynb")):
        text = load(path).cells[0].source
        title = text.splitlines()[0].lstrip("# ")
        goals = [line[2:] for line in text.splitlines() if line.startswith("- ")]
        place = path.relative_to(book.root).as_posix()
        lines.append(f"| {title} | {'; '.join(goals)} | [open]({start}/{place}) |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else "There are no assignments yet.\n"


def minutes_table(book):
    """Return the minutes of each section of each chapter as Markdown, one list a chapter."""
    parts = []
    for chapter in book.chapters:
        found = section_minutes(load(book.root / chapter.notebook), chapter.reading_minutes)
        told = " · ".join(f"{title} ({minutes})" for title, minutes in found)
        parts.append(f"**{chapter.title}** {chapter.reading_minutes} minutes: {told}")
    return "\n\n".join(parts) + "\n"


def section_minutes(notebook, minutes):
    """Divide the reading time of a chapter among its sections.

    Parameters
    ----------
    notebook : ecgbook.publish.notebook.Notebook
    minutes : int
        Of the whole chapter, exercises and further reading left out.

    Returns
    -------
    list of (str, int)
        Title and minutes of each section, at least one, in proportion to its words and code.
    """
    weights, title = {}, None
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.is_markdown and line.startswith("## "):
                title = line.removeprefix("## ")
            if title and title not in _CLOSING:
                weight = _WORDS_A_LINE if cell.is_code else len(line.split())
                weights[title] = weights.get(title, 0) + weight
    total = sum(weights.values())
    return [(name, max(1, round(minutes * part / total))) for name, part in weights.items()]
