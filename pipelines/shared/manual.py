"""Manual pages of the programs, from what they say of themselves: manual.py PROGRAM... DIRECTORY writes PROGRAM.1 there."""

import json
import subprocess
import sys
from pathlib import Path

STATUS = [
    ("0", "done, or nothing left to do"), ("64", "wrong options"), ("65", "bad data"), ("66", "an input is missing"),
    ("70", "a fault of the program"), ("73", "an output cannot be made, or is of other settings"),
    ("74", "reading or writing failed"), ("75", "another run is at work there: try again later"),
    ("130, 143", "interrupted; the same command goes on"),
]


def text(words):
    """Words that mean nothing to troff."""
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in words.split("\n"))


def name(argument):
    if argument["kind"] == "positional":
        return f"<{argument['valueName']}>"
    spelled = ", ".join(("--" if entry["kind"].startswith("long") else "-") + entry["name"] for entry in argument["names"])
    return spelled if argument["kind"] == "flag" else f"{spelled} <{argument['valueName']}>"


def page(program, version):
    help_words = [program, "--experimental-dump-help"]
    command = json.loads(subprocess.run(help_words, check=True, capture_output=True).stdout)["command"]
    title = command["commandName"]
    lines = [f".TH {title.upper()} 1 \"\" \"Dark Knowledge {version}\" \"Dark Knowledge\"", ".SH NAME",
             f"{text(title)} \\- {text(command['abstract'].rstrip('.'))}", ".SH SYNOPSIS", f".B {text(title)}"]
    shown = [argument for argument in command["arguments"] if argument.get("shouldDisplay", True)]
    for argument in shown:
        if argument["kind"] == "positional" or not argument["isOptional"]:
            words = name(argument) + (" ..." if argument["isRepeating"] else "")
            lines.append(text(f"[{words}]" if argument["isOptional"] else words))
    lines.append("[options]")
    if command.get("discussion"):
        lines.append(".SH DESCRIPTION")
        for part in command["discussion"].split("\n"):
            example = part.startswith(("Example", "  "))
            lines += [".PP"] if not part else [".br", text(part)] if example else [text(part)]
    sections = {}
    for argument in shown:
        default = "Arguments" if argument["kind"] == "positional" else "Options"
        sections.setdefault(argument.get("sectionTitle") or default, []).append(argument)
    for section, arguments in sections.items():
        lines.append(f".SH {section.upper()}")
        for argument in arguments:
            words = argument.get("abstract", "")
            if argument.get("defaultValue") and argument["kind"] != "flag":
                words += f" (default: {argument['defaultValue']})"
            lines += [".TP", f".B {text(name(argument))}", text(words)]
    lines.append(".SH EXIT STATUS")
    for number, words in STATUS:
        lines += [".TP", f".B {number}", text(words)]
    return "\n".join(lines) + "\n"


def main():
    *programs, directory = sys.argv[1:]
    Path(directory).mkdir(parents=True, exist_ok=True)
    for program in programs:
        version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        (Path(directory) / f"{Path(program).name}.1").write_text(page(program, version))


main()
