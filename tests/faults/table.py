"""The table that a run of the fault tests ends with."""

HEAD = {
    "fault": "fault",
    "letters": "letters due",
    "mails": "mails due",
    "sent": "sent",
    "doubled": "doubled",
    "lost": "lost",
    "numbers_twice": "numbers twice",
    "seconds": "seconds",
}


def table(entries: list[dict]) -> list[str]:
    """One line for each entry (`portal.Entry` as a dict), columns in line, words to the left and numbers to the right."""
    rows = [HEAD, *({**entry, "seconds": f"{entry['seconds']:.1f}"} for entry in entries)]
    widths = {name: max(len(str(row[name])) for row in rows) for name in HEAD}
    return [
        "  ".join(
            str(row[name]).ljust(widths[name]) if name == "fault" else str(row[name]).rjust(widths[name])
            for name in HEAD
        ).rstrip()
        for row in rows
    ]
