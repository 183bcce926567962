"""Sheets that people send: XLSX or text, as lines of plain values, refused with row and column where they are no data."""
