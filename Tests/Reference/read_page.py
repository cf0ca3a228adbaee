"""Reads a page of HTML as a browser and a screen reader would: read_page.py PAGE, prints what it found as JSON."""

import base64
import collections
import html.parser
import io
import json
import sys
from pathlib import Path

from PIL import Image

VOID = {"meta", "link", "img", "br", "path", "rect"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.ids = [], [], collections.Counter()
        self.count, self.images, self.outside, self.text = collections.Counter(), 0, [], []
        self.links, self.sections = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.count[tag] += 1
        if "id" in values:
            self.ids[values["id"]] += 1
        for name, value in attributes:
            if name in ("src", "href") and not value.startswith(("data:", "#")):
                self.outside.append(value)
            if name.startswith("on"):
                self.faults.append(f"a script: {name}")
        if tag == "a":
            self.links.append(values["href"].removeprefix("#"))
        if tag == "section":
            self.sections.append(values["id"])
        if tag == "img":
            if not values.get("alt"):
                self.faults.append("an image without words")
            Image.open(io.BytesIO(base64.b64decode(values["src"].split(",")[1]))).load()
            self.images += 1
        if tag == "svg" and not ("aria-labelledby" in values or values.get("aria-hidden") == "true"):
            self.faults.append("a drawing without words")
        if tag == "th" and "scope" not in values:
            self.faults.append("a heading of nothing")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"a stray end of {tag}")

    def handle_data(self, data):
        self.text.append(data)


page = Path(sys.argv[1]).read_text(encoding="utf-8")
reader = Reader()
reader.feed(page)
reader.close()
json.dump({
    "faults": reader.faults + [f"open: {tag}" for tag in reader.open]
    + [f"twice: {name}" for name, times in reader.ids.items() if times > 1]
    + [f"nowhere: {name}" for name in reader.links if name not in reader.ids],
    "outside": reader.outside,
    "scripts": reader.count["script"],
    "images": reader.images,
    "drawings": reader.count["svg"],
    "sections": reader.sections,
    "text": "".join(reader.text),
}, sys.stdout)
