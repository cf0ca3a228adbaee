"""Opens a page in headless Chromium: open_page.py PAGE [FOLDER], on a phone and on a desk, in light and in the dark; prints
what the console said, what was fetched and what does not fit, as JSON, and keeps pictures in FOLDER."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

page = Path(sys.argv[1]).resolve().as_uri()
folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe", "--mute-audio"]
LOOK = """JSON.stringify({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  broken: [...document.images].filter(image => !(image.complete && image.naturalWidth > 0)).length,
  images: document.images.length,
  paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  hidden: [...document.querySelectorAll('svg')].filter(drawing => drawing.getBoundingClientRect().width < 8).length,
})"""


class Browser:
    """Speaks the protocol of the developer tools over two pipes: messages of JSON, each ended by a zero."""

    def __init__(self):
        (their_in, self.out), (self.into, their_out) = os.pipe(), os.pipe()
        # The browser expects them as 3 and 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec chromium {' '.join(FLAGS)} about:blank 3<&{their_in} 4>&{their_out}"],
            pass_fds=(their_in, their_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(their_in)
        os.close(their_out)
        self.number, self.rest, self.events = 0, b"", []

    def receive(self):
        while b"\0" not in self.rest:
            part = os.read(self.into, 1 << 20)
            if not part:
                sys.exit("the browser has ended")
            self.rest += part
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())


browser = Browser()
views = []
said, fetched = [], []
for width, scheme in ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")):
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Runtime", "Log"):
        browser.call(f"{domain}.enable", session)
    browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.events.clear()
    browser.call("Page.navigate", session, url=page)
    browser.wait("Page.loadEventFired")
    look = json.loads(browser.call("Runtime.evaluate", session, expression=LOOK)["result"]["value"])
    views.append({"width": width, "scheme": scheme, **look})
    if folder:
        picture = browser.call("Page.captureScreenshot", session, format="png", captureBeyondViewport=True)
        (folder / f"{width}-{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
    for event in browser.events:
        if event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            said.append(json.dumps(event["params"])[:500])
        if event["method"] == "Network.requestWillBeSent":
            address = event["params"]["request"]["url"]
            if address != page and not address.startswith("data:"):
                fetched.append(address)
    browser.call("Target.closeTarget", targetId=target)
browser.process.kill()
json.dump({"views": views, "said": said, "fetched": fetched}, sys.stdout)
