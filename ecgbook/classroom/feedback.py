"""One page for each student: what was right, what was not and what it looks like."""

from html import escape

__all__ = ["page"]

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; margin: 2rem auto; max-width: 45rem; padding: 0 1rem }}
td, th {{ padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }}
pre {{ background: #f4f4f4; color: #111; overflow-wrap: anywhere; padding: .5rem;
  white-space: pre-wrap }}
</style>
<h1>{title}</h1>
<p>{student}: <strong>{score} of {most} points</strong>{by_hand}.</p>
{body}
</html>
"""


def page(pack, made):
    """Return the feedback for one student as HTML; all that comes from the student is escaped.

    Parameters
    ----------
    pack : ecgbook.classroom.pack.Pack
    made : ecgbook.classroom.grading.Grade
    """
    parts = [f"<p>{escape(made.note)}</p>"] if made.note else []
    rows = "".join(
        f"<tr><th scope=row>{one.question}<td>{one.points} of {one.most}<td>{escape(one.words)}"
        for one in made.answered
    )
    parts.append(f"<table><tr><th>Question<th>Points<th>What was found{rows}</table>")
    if made.errors:
        lines = escape("\n".join(made.errors))
        parts.append(f"<h2>Cells that stopped</h2>\n<pre>{lines}</pre>")
    for name, points in pack.texts.items():
        text = escape(made.texts.get(name, "")) or "(no text)"
        parts.append(
            f"<h2>{escape(name)}: your text, {points} points by hand</h2>\n<pre>{text}</pre>"
        )
    more = sum(pack.texts.values())
    return _PAGE.format(
        title=f"Feedback on {escape(pack.assignment)}",
        student=escape(made.student),
        score=made.score,
        most=pack.points,
        by_hand=f", and up to {more} for texts that are marked by hand" if more else "",
        body="\n".join(parts),
    )
