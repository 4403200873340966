"""A quiz in QTI 1.2, the zip archive that Canvas imports with its feedback."""

import io
import zipfile
from string import ascii_lowercase
from xml.etree import ElementTree as ET

from ecgbook.classroom.words import html, tex

__all__ = ["qti"]

_NAMESPACES = {
    "manifest": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "questestinterop": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2",
}
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can hold; the day of export must not change bytes


def qti(name, title, questions):
    """Return the questions of a chapter as the bytes of a QTI archive, always the same.

    Parameters
    ----------
    name : str
        Of the chapter, such as ``01-signals``; the identifiers begin with it.
    title : str
        Of the quiz, as Canvas lists it.
    questions : sequence of ecgbook.publish.lint.quizzes.Question
        Each with one right choice.

    Returns
    -------
    bytes
        A zip of ``imsmanifest.xml`` and one assessment.
    """
    ident = f"ecgbook-{name}"
    path = f"{ident}/{ident}.xml"
    files = {"imsmanifest.xml": _manifest(ident, path), path: _assessment(ident, title, questions)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, root in files.items():
            entry = zipfile.ZipInfo(file, _EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # alike on every system
            archive.writestr(entry, _bytes(root))
    return packed.getvalue()


def _bytes(root):
    root.set("xmlns", _NAMESPACES[root.tag])
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _add(parent, path, text=None, **attributes):
    """Add an element in an element, as ``path`` says, and return the innermost."""
    for tag in path.split("/"):
        parent = ET.SubElement(parent, tag)
    parent.attrib.update(attributes)
    parent.text = text
    return parent


def _words(parent, markdown):
    _add(parent, "material/mattext", html(markdown, tex), texttype="text/html")


def _manifest(ident, path):
    root = ET.Element("manifest", identifier=f"{ident}-manifest")
    about = _add(root, "metadata")
    _add(about, "schema", "IMS Content")
    _add(about, "schemaversion", "1.1.3")
    _add(root, "organizations")
    resource = _add(root, "resources/resource", identifier=ident, type="imsqti_xmlv1p2")
    _add(resource, "file", href=path)
    return root


def _assessment(ident, title, questions):
    root = ET.Element("questestinterop")
    assessment = _add(root, "assessment", ident=ident, title=title)
    _field(_add(assessment, "qtimetadata"), "cc_maxattempts", "unlimited")
    section = _add(assessment, "section", ident="root_section")
    for number, question in enumerate(questions, 1):
        item = _add(section, "item", ident=f"{ident}-{number}", title=f"Question {number}")
        _fill(item, question)
    return root


def _field(parent, label, entry):
    field = _add(parent, "qtimetadatafield")
    _add(field, "fieldlabel", label)
    _add(field, "fieldentry", entry)


def _fill(item, question):
    """Put the question, its choices, what each counts and the feedback on it into an item."""
    about = _add(item, "itemmetadata/qtimetadata")
    _field(about, "question_type", "multiple_choice_question")
    _field(about, "points_possible", "1.0")
    shown = _add(item, "presentation")
    _words(shown, question.text)
    answer = _add(shown, "response_lid", ident="response1", rcardinality="Single")
    choices = _add(answer, "render_choice")
    judged = _add(item, "resprocessing")
    score = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"}
    _add(judged, "outcomes/decvar", **score)
    named = dict(zip(ascii_lowercase, question.choices, strict=False))
    for letter, choice in named.items():
        _words(_add(choices, "response_label", ident=letter), choice.text)
        chosen = _condition(judged, letter, "Yes")
        feedback = {"feedbacktype": "Response", "linkrefid": f"{letter}_fb"}
        _add(chosen, "displayfeedback", **feedback)
        said = _add(item, "itemfeedback", ident=f"{letter}_fb")
        _words(_add(said, "flow_mat"), choice.feedback)
    right = next(letter for letter, choice in named.items() if choice.right)
    _add(_condition(judged, right, "No"), "setvar", "100", action="Set", varname="SCORE")


def _condition(judged, letter, go_on):
    condition = _add(judged, "respcondition", **{"continue": go_on})
    _add(condition, "conditionvar/varequal", letter, respident="response1")
    return condition
