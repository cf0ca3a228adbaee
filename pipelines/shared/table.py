"""Tables as text, for the scripts that print them."""


def table(rows, align="<"):
    """Columns of equal width, to the left ("<") or to the right (">"); the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(f"{cell:{align}{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows)
