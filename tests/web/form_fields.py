"""The fields a browser would send for a form of a page."""

from html.parser import HTMLParser

Fields = list[tuple[str, str]]


def form_fields(page: str, form: str) -> Fields:
    """Names and values of the form with this id, as they stand on the page, without any button."""
    reader = _FormReader(form)
    reader.feed(page)
    return reader.fields


def changed(fields: Fields, name: str, *values: str) -> Fields:
    """The fields with other values for all of a name, at the place of the first."""
    place = next((at for at, (known, _) in enumerate(fields) if known == name), len(fields))
    kept = [(known, value) for known, value in fields if known != name]
    return [*kept[:place], *((name, value) for value in values), *kept[place:]]


class _FormReader(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.fields: Fields = []
        self.is_inside = False
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.textarea: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.is_inside = given.get("id") == self.form
        if not self.is_inside or ("disabled" in given and tag != "option"):
            return
        if tag == "input" and given.get("name"):
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.fields.append((given["name"], given.get("value", "on" if is_box else "")))
        elif tag == "select":
            self.select, self.options = given["name"], []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.textarea, self.text = given["name"], ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select" and self.select:
            chosen = next((value for value, is_chosen in self.options if is_chosen), self.options[0][0])
            self.fields.append((self.select, chosen))
            self.select = ""
        elif tag == "textarea" and self.textarea:
            self.fields.append((self.textarea, self.text))
            self.textarea = None
